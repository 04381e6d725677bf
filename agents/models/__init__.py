"""agents/models: what it is, in one sentence."""
