"""policies/storage: what it is, in one sentence."""
