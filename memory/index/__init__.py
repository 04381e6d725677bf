"""memory/index: what it is, in one sentence."""
