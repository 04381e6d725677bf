"""policies/domain: what it is, in one sentence."""
