"""app/chat: what it is, in one sentence."""
