"""policies/rules: what it is, in one sentence."""
