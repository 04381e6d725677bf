"""tools/toolsets/legal: what it is, in one sentence."""
