"""Trained scores that rules read as ``scores.…``: the models that come along, and what each looks at."""
