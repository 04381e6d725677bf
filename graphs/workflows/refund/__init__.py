"""graphs/workflows/refund: what it is, in one sentence."""
