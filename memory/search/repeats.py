"""Recognising that two texts say the same, so that one of them does not push other facts out."""

import re
from collections.abc import Iterable, Iterator

from ..records.rows import Row
from ..records.scope import TRUSTED
from .ranking import said

_WORD = re.compile(r"\d[\d.,]*\d|\w+")
_ARTICLES = frozenset(("a", "an", "the"))


def without_repeats(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows in their order, of those that say the same the first.

    The same are texts of one kind that differ in case, punctuation, spaces and articles alone; a "not" or a figure
    more or less is another text. What is trusted is never left out in favour of what is not.
    """
    seen: set[tuple[str, bool, tuple[str, ...]]] = set()
    for row in rows:
        words = tuple(word for word in _WORD.findall(said(row).lower()) if word not in _ARTICLES)
        key = (row.kind, row.provenance in TRUSTED, words or (said(row),))
        if key not in seen:
            seen.add(key)
            yield row
