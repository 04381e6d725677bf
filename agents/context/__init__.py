"""agents/context: what it is, in one sentence."""
