"""Features are what a model knows of a case: numbers by name, or the words of a text.

A text is its words and pairs of words, for models that must say which words moved them.
"""

import re
from collections.abc import Mapping
from itertools import pairwise

FeatureValues = Mapping[str, float]
MAX_CHARACTERS_SCORED = 20_000
_WORD = re.compile(r"[a-zäöüß']+")
_ID = re.compile(r"\b[a-z]{2,4}-\d+\b")


def extract_word_features(text: str) -> dict[str, float]:
    """Which words and neighbouring pairs stand in a text; each counts once, ids and numbers do not count.

    Only the first 20,000 characters are read, so that a long text costs no more than a page.
    """
    plain = _ID.sub(" ", text[:MAX_CHARACTERS_SCORED].lower())
    found: dict[str, float] = {}
    for sentence in re.split(r"[.!?;:\n]+", plain):
        words = [word.strip("'") for word in _WORD.findall(sentence)]
        words = [word for word in words if word]
        found.update(dict.fromkeys(words, 1.0))
        found.update((f"{first} {second}", 1.0) for first, second in pairwise(words))
    if text.count("!") >= 2:
        found["(exclamation marks)"] = 1.0
    return found
