"""What people decide becomes examples, examples train scores, and only a better score takes over (decision 0013)."""
