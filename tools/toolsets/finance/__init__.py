"""tools/toolsets/finance: what it is, in one sentence."""
