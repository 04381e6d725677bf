"""graphs/workflows: what it is, in one sentence."""
