"""app/terminal: what it is, in one sentence."""
