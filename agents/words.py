"""The words of a message as numbers: TF-IDF over words, pairs of words, and parts of words. Pure Python, no training
library at run time.

The weighting is the usual one (Salton and Buckley, "Term-weighting approaches in automatic text retrieval", 1988):
(1 + ln count) times (1 + ln((1 + n) / (1 + documents with the term))), scaled to length 1 for each of the two families.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Row: TypeAlias = tuple[NDArray[np.int64], NDArray[np.float32]]

MOST_CHARS = 4_000
_WORD = re.compile(r"\w+(?:'\w+)?")
_PART = "#"


@dataclass(frozen=True, slots=True)
class Words:
    """The terms that a classifier knows.

    Attributes:
        places: each term's column. Parts of words begin with "#".
        rarity: the inverse document frequency of each, shape ``(terms,)``.
    """

    places: dict[str, int]
    rarity: NDArray[np.float32]

    def row(self, text: str) -> Row:
        """Columns and values of a text; both empty when it holds no known term. At most 4,000 characters are read."""
        columns: list[int] = []
        values: list[float] = []
        for family in _families(text):
            counts = Counter(self.places[term] for term in family if term in self.places)
            weights = {at: (1 + math.log(count)) * float(self.rarity[at]) for at, count in counts.items()}
            length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
            columns += weights
            values += [weight / length for weight in weights.values()]
        return np.array(columns, np.int64), np.array(values, np.float32)


def fit_words(texts: Sequence[str], *, least: int = 2, least_parts: int | None = 3) -> Words:
    """The terms of some texts.

    Args:
        texts: the training messages.
        least: how many of them must hold a word, or a pair of words.
        least_parts: how many must hold a part of a word; None leaves parts out.
    """
    counts: Counter[str] = Counter(term for text in texts for family in _families(text) for term in set(family))
    kept = sorted(
        term
        for term, count in counts.items()
        if (count >= least if not term.startswith(_PART) else least_parts is not None and count >= least_parts)
    )
    rarity = [1 + math.log((1 + len(texts)) / (1 + counts[term])) for term in kept]
    return Words({term: at for at, term in enumerate(kept)}, np.array(rarity, np.float32))


def _families(text: str) -> tuple[list[str], list[str]]:
    words = _WORD.findall(unicodedata.normalize("NFKC", text[:MOST_CHARS]).casefold().replace("’", "'"))
    return [*words, *(f"{a} {b}" for a, b in pairwise(words))], list(_parts(words))


def _parts(words: Sequence[str]) -> Iterator[str]:
    """Runs of three and four letters of each word, its ends marked by spaces."""
    for word in words:
        padded = f" {word} "
        for length in (3, 4):
            for start in range(len(padded) - length + 1):
                yield _PART + padded[start : start + length]
