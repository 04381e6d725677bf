"""graphs/handlers/finance: what it is, in one sentence."""
