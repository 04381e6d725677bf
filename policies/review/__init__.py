"""policies/review: what it is, in one sentence."""
