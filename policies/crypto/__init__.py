"""policies/crypto: what it is, in one sentence."""
