"""policies/receipts: what it is, in one sentence."""
