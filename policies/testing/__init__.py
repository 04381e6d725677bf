"""policies/testing: what it is, in one sentence."""
