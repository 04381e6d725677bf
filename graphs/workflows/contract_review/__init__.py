"""graphs/workflows/contract_review: what it is, in one sentence."""
