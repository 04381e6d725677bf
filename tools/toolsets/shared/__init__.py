"""tools/toolsets/shared: what it is, in one sentence."""
