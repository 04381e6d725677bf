"""graphs/gate: what it is, in one sentence."""
