"""policies/audit: what it is, in one sentence."""
