"""graphs/handlers/legal: what it is, in one sentence."""
