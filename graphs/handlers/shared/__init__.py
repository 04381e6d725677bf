"""graphs/handlers/shared: what it is, in one sentence."""
