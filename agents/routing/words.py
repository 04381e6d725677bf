"""The words of a message: words with pairs of words, and parts of words, which survive a slip of the fingers."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ...tools.scoring.tfidf import Row, Terms, fit_terms, holders

MOST_CHARS = 4_000
_WORD = re.compile(r"\w+(?:'\w+)?")
_PART = "#"


def row_of(terms: Terms, text: str) -> Row:
    """Columns and values of a message; at most 4,000 characters are read."""
    return terms.row(families(text))


def fit_words(texts: Sequence[str], *, least: int = 2, least_parts: int | None = 3) -> Terms:
    """The terms of some messages.

    Args:
        texts: the training messages.
        least: how many of them must hold a word, or a pair of words.
        least_parts: how many must hold a part of a word; None leaves parts out.
    """
    counts = holders(map(families, texts))
    kept = [
        term
        for term, count in counts.items()
        if (count >= least if not term.startswith(_PART) else least_parts is not None and count >= least_parts)
    ]
    return fit_terms(counts, len(texts), kept)


def families(text: str) -> tuple[list[str], list[str]]:
    """Words and pairs of neighbours; parts of words, which begin with "#"."""
    words = _WORD.findall(unicodedata.normalize("NFKC", text[:MOST_CHARS]).casefold().replace("’", "'"))
    return [*words, *(f"{a} {b}" for a, b in pairwise(words))], list(_parts(words))


def _parts(words: Sequence[str]) -> Iterator[str]:
    """Runs of three and four letters of each word, its ends marked by spaces."""
    for word in words:
        padded = f" {word} "
        for length in (3, 4):
            for start in range(len(padded) - length + 1):
                yield _PART + padded[start : start + length]
