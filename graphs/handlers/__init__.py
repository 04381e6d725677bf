"""graphs/handlers: what it is, in one sentence."""
