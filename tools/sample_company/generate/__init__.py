"""tools/sample_company/generate: what it is, in one sentence."""
