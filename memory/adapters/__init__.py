"""memory/adapters: what it is, in one sentence."""
