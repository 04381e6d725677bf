"""app/demo: what it is, in one sentence."""
