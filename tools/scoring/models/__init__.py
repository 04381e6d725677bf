"""The trained scores that come along, each with its card."""
