"""Grounding checks whether a reply's figures and quotations occur in what was read for it.

A figure is compared by value, so ``1,250.00``, ``1.250,00`` and ``125000`` minor units are the same. Small whole
numbers count things and need no evidence; what was computed must come from a calculator, whose result is evidence.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from .detectors.normalization import normalize_text

_NUMBER = re.compile(r"\d+(?:[.,'’\u00a0\u202f ]\d{3}(?!\d))+(?:[.,]\d{1,6})?(?!\d)|\d+(?:[.,]\d+)*")
_CITED = re.compile(r"\[[^\[\]\n]{2,80}\]")
_LISTED = re.compile(r"(?m)^[ \t]{0,8}(?:#{1,6}[ \t])?\d{1,3}[.)][ \t]")
_QUOTED = re.compile(r"“([^”\n]{12,2000})”|\"([^\"\n]{12,2000})\"|«([^»\n]{12,2000})»|„([^“”\n]{12,2000})[“”]")
_BLOCK = re.compile(r"(?m)^[ \t]{0,3}>[ \t]?(.{12,2000})$")
_SENTENCE = re.compile(r"(?<=[.!?])[ \t]+(?=[^\W\d_a-z\"“«\[])|\n+")
_MINOR_UNITS = re.compile(r"minor\"?[:=] ?-?(\d{1,40})")
_FREE = 12
_MINOR = 100
_FEWEST_WORDS = 3


@dataclass(frozen=True, slots=True)
class UnfoundedClaim:
    """Something a reply claims that stands in no evidence, at ``text[start:end]`` of the reply: a figure or a quote."""

    what: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class ReplySources:
    """What a reply may rest on.

    Attributes:
        values: every reading of every number in it.
        words: all of it, in one spelling.
    """

    values: frozenset[Decimal]
    words: str

    def names(self, source: str) -> bool:
        """Whether a source is named in it."""
        return _normalize_words(source) in self.words


def build_reply_sources(texts: Iterable[str]) -> ReplySources:
    """The evidence that texts give: messages, documents, results, whatever was read."""
    every = [normalize_text(text).text for text in texts]
    values = {value for text in every for match in _NUMBER.finditer(text) for value in _readings(match.group())}
    parts = {Decimal(part) for text in every for part in re.findall(r"\d{1,40}", text)}
    money = {Decimal(minor) / _MINOR for text in every for minor in _MINOR_UNITS.findall(text)}
    return ReplySources(frozenset(values | parts | money), " ".join(_normalize_words(text) for text in every))


def find_unfounded(reply: str, evidence: ReplySources) -> tuple[UnfoundedClaim, ...]:
    """The figures and quotations of a reply that stand in no evidence, in order."""
    text = normalize_text(reply)
    free = [match.span() for pattern in (_CITED, _LISTED) for match in pattern.finditer(text.text)]
    found = []
    for match in _NUMBER.finditer(text.text):
        inside = any(start <= match.start() < end for start, end in free)
        if not inside and not _is_founded(match.group(), evidence.values):
            found.append(("figure", *match.span()))
    for pattern in (_QUOTED, _BLOCK):
        for match in pattern.finditer(text.text):
            said = next(group for group in match.groups() if group is not None)
            if len(said.split()) >= _FEWEST_WORDS and not _is_quoted(said, evidence.words):
                found.append(("quote", *match.span()))
    spans = [(what, *text.span(start, end)) for what, start, end in sorted(found, key=lambda item: item[1])]
    return tuple(UnfoundedClaim(what, start, end, reply[start:end]) for what, start, end in spans)


def remove_claims(reply: str, claims: Iterable[UnfoundedClaim]) -> str:
    """The reply without the sentences and lines that hold these claims."""
    bad = [(claim.start, claim.end) for claim in claims]
    kept = []
    last = 0
    for start, end, gap in _sentences(reply):
        if any(begin < end and start < stop for begin, stop in bad):
            last = end + gap
            continue
        kept.append(reply[start : end + gap])
        last = end + gap
    return "".join([*kept, reply[last:]]).strip()


def _sentences(text: str) -> Iterable[tuple[int, int, int]]:
    """Start and end of each sentence, and the length of the gap behind it."""
    start = 0
    for gap in _SENTENCE.finditer(text):
        yield start, gap.start(), gap.end() - gap.start()
        start = gap.end()
    yield start, len(text), 0


def _is_founded(number: str, known: frozenset[Decimal]) -> bool:
    readings = _readings(number)
    if any(value <= _FREE and value == value.to_integral_value() for value in readings):
        return True
    return not known.isdisjoint(readings)


def _readings(number: str) -> set[Decimal]:
    """What a number may mean where thousands and decimals are written in different ways."""
    bare = re.sub(r"['’\u00a0\u202f ]", "", number)
    marks = {mark for mark in ".," if mark in bare}
    if not marks:
        return {Decimal(bare)}
    if len(marks) == 2:
        decimal = max(marks, key=bare.rfind)
        other = "," if decimal == "." else "."
        whole = bare.replace(other, "")
        return {Decimal(whole.replace(decimal, "."))} if whole.count(decimal) == 1 else _pieces(bare)
    mark = marks.pop()
    if bare.count(mark) > 1:
        grouped = re.fullmatch(rf"\d{{1,3}}(?:\{mark}\d{{3}})+", bare)
        return {Decimal(bare.replace(mark, ""))} if grouped else _pieces(bare)
    readings = {Decimal(bare.replace(mark, "."))}
    if re.fullmatch(rf"\d{{1,3}}\{mark}\d{{3}}", bare):
        readings.add(Decimal(bare.replace(mark, "")))
    return readings


def _pieces(number: str) -> set[Decimal]:
    """A date or the number of a section: each piece by itself."""
    return {Decimal(max(re.findall(r"\d+", number), key=len))}


def _is_quoted(said: str, words: str) -> bool:
    """Whether the words were said; what was left out is marked by dots, and each piece must stand there."""
    pieces = [piece for piece in re.split(r"…|\.\.\.|\[[^\]]{0,40}\]", said) if piece.strip()]
    return bool(pieces) and all(_normalize_words(piece).strip(" .,;:!?") in words for piece in pieces)


def _normalize_words(text: str) -> str:
    folded = normalize_text(text).text.casefold()
    return " ".join(re.sub(r"[\"'“”„«»‘’*_`>|\\]", "", folded).split())
