"""This module extracts the words of a query, and holds the constants of BM25 that all full-text indexes share."""

import re

MAX_WORDS = 32


WORD = re.compile(r"\w+", re.UNICODE)


# Words that every question has; as search words they only slow things down and pull in noise.
_COMMON = (
    "a about an and are as at be been but by can could did do does for from had has have how i if in into is it its me "
    "my no not of on or our please should so than that the their them then there these they this those to us was we "
    "were what when where which who why will with would you your"
)


STOP_WORDS = frozenset(_COMMON.split())


def extract_words(query: str) -> list[str]:
    """The words to look for, lower case, each once, at most 32; stop words only when there is nothing else."""
    found = list(dict.fromkeys(word.lower() for word in WORD.findall(query) if word.strip("_")))
    return [word for word in found if word not in STOP_WORDS][:MAX_WORDS] or found[:MAX_WORDS]


K1, B = 1.2, 0.75
