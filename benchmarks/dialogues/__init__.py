"""Long conversations with labelled evidence, generated from a seed (see :mod:`.generate`)."""
