"""graphs/assistant: what it is, in one sentence."""
