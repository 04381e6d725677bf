"""graphs/nodes: what it is, in one sentence."""
