"""tools/ledger: what it is, in one sentence."""
