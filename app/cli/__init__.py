"""app/cli: what it is, in one sentence."""
