"""tools/toolsets/support: what it is, in one sentence."""
