"""memory/embeddings: what it is, in one sentence."""
