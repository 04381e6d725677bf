"""graphs/language: what it is, in one sentence."""
