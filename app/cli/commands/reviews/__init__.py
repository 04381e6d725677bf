"""Commands of the inbox: what waits, and its answers."""
