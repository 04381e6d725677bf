"""policies/lint: what it is, in one sentence."""
