"""tools/sample_company/schema: what it is, in one sentence."""
