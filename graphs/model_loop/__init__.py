"""graphs/model_loop: what it is, in one sentence."""
