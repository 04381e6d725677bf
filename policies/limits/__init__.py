"""policies/limits: what it is, in one sentence."""
