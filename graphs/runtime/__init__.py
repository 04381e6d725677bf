"""graphs/runtime: what it is, in one sentence."""
