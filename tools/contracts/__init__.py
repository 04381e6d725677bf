"""tools/contracts: what it is, in one sentence."""
