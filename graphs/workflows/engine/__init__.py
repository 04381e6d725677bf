"""graphs/workflows/engine: what it is, in one sentence."""
