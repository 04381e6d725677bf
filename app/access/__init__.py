"""app/access: what it is, in one sentence."""
