"""memory/records: what it is, in one sentence."""
