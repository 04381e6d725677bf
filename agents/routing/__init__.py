"""agents/routing: what it is, in one sentence."""
