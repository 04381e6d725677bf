"""tools/registry: what it is, in one sentence."""
