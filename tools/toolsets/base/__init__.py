"""tools/toolsets/base: what it is, in one sentence."""
