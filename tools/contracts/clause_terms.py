"""A contract's sentences as terms: words and pairs of words, the words of the heading, where the sentence stands."""

import re
from collections.abc import Iterator
from itertools import pairwise

from ..extraction.folding import Folded
from ..scoring.tfidf import Families
from .clauses import Sentence
from .sections import Section, full_title

_DIGITS = re.compile(r"\d+")
_WORD = re.compile(r"[a-z]+|0|[$%]")
_HEADING, _PLACE = "h:", "@"
_FROM_START = (3, 6, 12, 25, 60)
_FROM_END = (6, 15, 30)
_LENGTHS = (20, 60, 150, 400)


def terms_of(folded: Folded, sections: tuple[Section, ...], sentences: tuple[Sentence, ...]) -> list[Families]:
    """The families of terms of every sentence, in order. Every number counts as the same word."""
    titles = [[_HEADING + word for word in words_of(full_title(sections, section).lower())] for section in sections]
    count = len(sentences)
    found: list[Families] = []
    for number, sentence in enumerate(sentences):
        words = words_of(folded.lower[sentence.start : sentence.end])
        pairs = [f"{a} {b}" for a, b in pairwise(words)]
        place = list(_place(number, count, sentence.end - sentence.start))
        found.append(([*words, *pairs], titles[sentence.section], place))
    return found


def words_of(text: str) -> list[str]:
    """The words of a lower-case text, each number as "0"."""
    return _WORD.findall(_DIGITS.sub("0", text))


def _place(number: int, count: int, length: int) -> Iterator[str]:
    yield from (f"{_PLACE}first {n}" for n in _FROM_START if number < n)
    yield from (f"{_PLACE}last {n}" for n in _FROM_END if count - number <= n)
    yield f"{_PLACE}tenth {10 * number // max(1, count)}"
    yield from (f"{_PLACE}longer than {n}" for n in _LENGTHS if length > n)
