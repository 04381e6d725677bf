"""This module cuts the matching form of a text into sentences, however long its lines are."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise

from .folding import FoldedText

_END = re.compile(r"""[.!?][)"'\]]{0,3} (?=["'(\[]{0,2}[A-Z0-9(\[])""")
_ABBREVIATION_LIST = (
    "inc ltd co corp no nos sec art v vs mr mrs ms dr st messrs jr sr u.s u.k u.s.a n.a s.a i.e e.g etc cf "
    "para par ave blvd dept approx p.o b.v n.v l.p l.l.c d/b/a a.k.a exh ex fl bros assn gen gov hon rev vol "
    "pp p"
)
_ABBREVIATIONS = frozenset(_ABBREVIATION_LIST.split())
_LONG = 1_500
_LINE = 90
_LONGEST = 4_000


def split_sentences(folded: FoldedText) -> tuple[tuple[int, int], ...]:
    """Spans (start, end) in `folded.flat` of its sentences, in order, covering all but the spaces between.

    A paragraph ends a sentence unless a page break cut it. Sentences above 1,500 characters are cut at
    semicolons, and no piece is longer than 4,000 characters.
    """
    flat = folded.flat
    cuts = {0, len(flat)}
    cuts.update(position for position in folded.paragraphs if not _is_page_break(folded, position))
    for match in _END.finditer(flat):
        if not _is_abbreviation(flat, match.start()):
            cuts.add(match.end())
    edges = sorted(cuts)
    spans: list[tuple[int, int]] = []
    for start, end in pairwise(edges):
        spans.extend(_split_long(flat, start, end))
    return tuple(spans)


def _is_page_break(folded: FoldedText, position: int) -> bool:
    """Whether the empty line before `position` cuts a sentence: it has not ended, and its last line is no heading."""
    before, after = folded.flat[max(0, position - 2) : position].rstrip(), folded.flat[position : position + 1]
    if not before or before[-1] in ".;:!?_":
        return False
    if after.islower():
        return True
    index = bisect_left(folded.breaks, position) - 1
    line = position - (folded.breaks[index] if index >= 0 else 0)
    return line > _LINE and (before[-1].islower() or before[-1] == ",") and after.isalpha()


def _is_abbreviation(flat: str, stop: int) -> bool:
    begin = flat.rfind(" ", max(0, stop - 12), stop) + 1 or max(0, stop - 12)
    word = flat[begin:stop].lstrip("(\"'").lower()
    if word in _ABBREVIATIONS:
        # "Inc. This Agreement" ends a sentence; "Inc. (the" and "No. 5" do not. Capital words are left joined.
        return True
    return len(word) == 1 and word.isalpha()


def _split_long(flat: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and flat[start] == " ":
        start += 1
    while end > start and flat[end - 1] == " ":
        end -= 1
    while end - start > _LONG:
        cut = flat.rfind("; ", start + 200, start + _LONG) + 1
        if cut == 0:
            if end - start <= _LONGEST:
                break
            cut = flat.rfind(" ", start + 200, start + _LONGEST)
            if cut == -1:
                cut = start + _LONGEST
        yield start, cut
        start = cut
        while start < end and flat[start] == " ":
            start += 1
    if start < end:
        yield start, end
