"""graphs/handlers/support: what it is, in one sentence."""
