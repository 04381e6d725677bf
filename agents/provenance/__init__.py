"""agents/provenance: what it is, in one sentence."""
