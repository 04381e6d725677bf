"""memory/search: what it is, in one sentence."""
