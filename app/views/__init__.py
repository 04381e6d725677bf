"""app/views: what it is, in one sentence."""
