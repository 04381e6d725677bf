"""policies/engine: what it is, in one sentence."""
