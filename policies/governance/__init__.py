"""policies/governance: what it is, in one sentence."""
