"""tools/connectors: what it is, in one sentence."""
