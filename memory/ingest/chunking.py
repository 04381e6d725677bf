"""Documents are cut along their structure: sections, then paragraphs, then sentences; every piece keeps its span."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MAX_CHARS = 900  # about 200 tokens of English; the embedder reads 256
_MARKDOWN = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$", re.M)
# "ARTICLE IV", "Section 3.2", "12. Term", "4.1 Payment": a numbered line that starts a clause of a contract.
_NUMBERED = re.compile(
    r"^[ \t]*((?:ARTICLE|Article|SECTION|Section)[ \t]+(?:[IVXLC]+|\d+(?:\.\d+)*)"
    r"|\d{1,2}(?:\.\d{1,2})+|\d{1,2}\.(?=[ \t]+[A-Z]))[.:)]?[ \t]*([^\n]*)$",
    re.M,
)
_NUMBER = re.compile(r"^\W*(?:§[ \t]*)?(\d+(?:\.\d+)*)\b[.:)]?[ \t]*(.*)$")
_FENCE = re.compile(r"^(```|~~~).*?^\1[ \t]*$", re.M | re.S)
_PARAGRAPH = re.compile(r"\n[ \t]*\n+")
_SENTENCE = re.compile(r"(?<=[.!?;])\s+")


@dataclass(frozen=True, slots=True)
class Heading:
    """Where a section begins: the heading's first character, the body's first, its level from 1, its words."""

    start: int
    body: int
    level: int
    title: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document.

    Attributes:
        text: verbatim, equal to ``document[start:end]``.
        section: what to cite: the section's number (``"3.2"``) or its heading as a slug; empty before any heading.
        path: the headings above it, outermost first.
        start: first character offset.
        end: offset after the last character.
    """

    text: str
    section: str
    path: tuple[str, ...]
    start: int
    end: int

    def place(self, title: str = "") -> str:
        """Where it stands: the document's title and the headings above; what repeats the one before is named once."""
        names = [name for name in (title, *self.path) if name]
        return " > ".join(
            name for at, name in enumerate(names) if not at or _fold_heading(name) != _fold_heading(names[at - 1])
        )

    def to_embed(self, title: str = "") -> str:
        """The text together with where it stands, which is often what a question names, unless it begins with that.

        Here a repeated title stays: without it sections are found a little better among the first three, a little worse
        among the first ten (``benchmarks/documents.py``).
        """
        place = " > ".join(name for name in (title, *self.path) if name)
        return (
            f"{place}\n{self.text}"
            if place and not _fold_heading(self.text).startswith(_fold_heading(place))
            else self.text
        )


def chunk_document(text: str, max_chars: int = MAX_CHARS, headings: Sequence[Heading] | None = None) -> list[Chunk]:
    """Pieces of at most ``max_chars`` characters, in order, none empty; together they hold all but headings and gaps.

    Args:
        text: the document.
        max_chars: how long a piece may be.
        headings: where its sections begin, for a file whose format says so. Otherwise Markdown headings give the
            structure, and a text without any is read as a contract with numbered clauses.
    """
    found = []
    for section, path, start, end in _sections(text, headings):
        for first, last in _pieces(text, start, end, max_chars):
            found.append(Chunk(text[first:last], section, path, first, last))
    return found


def _sections(text: str, known: Sequence[Heading] | None) -> Iterator[tuple[str, tuple[str, ...], int, int]]:
    headings = list(known) if known else _find_headings(text)
    numbered = not headings
    if numbered:
        # A clause's number often stands on the line of its text, so the line belongs to the body.
        headings = [
            Heading(match.start(), match.start(), 1 + match[1].strip(".").count("."), match[0].strip()[:80])
            for match in _NUMBERED.finditer(text)
        ]
    above: list[tuple[int, str]] = []
    used: dict[str, int] = {}
    yield "", (), 0, headings[0].start if headings else len(text)
    for at, heading in enumerate(headings):
        above = [pair for pair in above if pair[0] < heading.level] + [(heading.level, heading.title)]
        end = headings[at + 1].start if at + 1 < len(headings) else len(text)
        name = get_section_name(heading.title)
        used[name] = used.get(name, 0) + 1
        yield (
            name if used[name] == 1 else f"{name}~{used[name]}",
            tuple(title for _, title in (above[:-1] if numbered else above)),
            heading.body,
            end,
        )


def _find_headings(text: str) -> list[Heading]:
    fences = [match.span() for match in _FENCE.finditer(text)]
    return [
        Heading(match.start(), match.end(), len(match[1]), match[2].strip())
        for match in _MARKDOWN.finditer(text)
        if not any(start <= match.start() < end for start, end in fences)
    ]


def get_section_name(heading: str) -> str:
    """The number that a heading starts with, or the heading in lower case with hyphens."""
    bare = re.sub(r"^(article|section)\s+", "", heading, flags=re.I)
    if match := _NUMBER.match(bare):
        return match[1]
    if match := re.match(r"([IVXLC]+)\b", bare):
        return match[1] if bare != heading else _slug(heading)
    return _slug(heading)


def _fold_heading(words: str) -> str:
    return " ".join(words.casefold().split())


def _slug(heading: str) -> str:
    return re.sub(r"\W+", "-", heading.lower()).strip("-")[:60] or "section"


def _pieces(text: str, start: int, end: int, limit: int) -> Iterator[tuple[int, int]]:
    """Whole paragraphs, packed together up to the limit; longer ones are cut at sentences, then anywhere."""
    first: int | None = None
    last = start
    for a, b in _units(text, start, end, limit):
        if first is not None and b - first > limit:
            yield first, last
            first = None
        if first is None:
            first = a
        last = b
    if first is not None:
        yield first, last


def _units(text: str, start: int, end: int, limit: int) -> Iterator[tuple[int, int]]:
    for a, b in _split(text, start, end, _PARAGRAPH):
        if b - a <= limit:
            yield a, b
            continue
        for c, d in _split(text, a, b, _SENTENCE):
            while d - c > limit:
                cut = max(text.rfind(gap, c + limit // 2, c + limit) for gap in " \n\t")
                yield _trim(text, c, cut if cut > 0 else c + limit)
                c = _trim(text, cut if cut > 0 else c + limit, d)[0]
            if c < d:
                yield c, d


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without white space around it."""
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - (len(part) - len(part.rstrip()))


def _split(text: str, start: int, end: int, border: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Spans between borders, without white space around them and without empty ones."""
    at = start
    borders = [(match.start(), match.end()) for match in border.finditer(text, start, end)]
    for stop, following in [*borders, (end, end)]:
        if text[at:stop].strip():
            yield _trim(text, at, stop)
        at = following
