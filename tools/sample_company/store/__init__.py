"""tools/sample_company/store: what it is, in one sentence."""
