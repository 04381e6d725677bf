"""This module splits a contract into its sections by headings and numbering, on clean or badly converted text."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

SectionKind = Literal["preamble", "article", "section", "heading", "item", "exhibit"]

_NAMED = re.compile(
    r"\b(?P<word>ARTICLE|Article|SECTION|Section|CLAUSE|Clause)\s{1,4}(?P<num>[IVXLC]{1,7}\b|"
    r"\d{1,3}(?:\.\d{1,3}){0,3})[.:]?(?=[\s\-–—]{1,6}[A-Z\"“(])"
)
_NUMBER = re.compile(
    r"(?<![\w.$€£,/-])(?P<num>\d{1,3}(?:\.\d{1,3}){1,4}|\d{1,2}(?=[.)\s]))[.)]?(?=\s{0,8}[A-Z\"“(]|\s{1,8}[A-Za-z\"“(])"
)
_ITEM = re.compile(r"^[ \t]{0,40}\((?P<num>[a-z]{1,2}|[ivx]{1,5}|[A-Z]|\d{1,2})\)(?=[ \t\u00a0]{0,8}\S)", re.MULTILINE)
_CAPS_LINE = re.compile(
    r"^[ \t\u00a0]{0,60}(?P<title>[A-Z][A-Z0-9 ,&'’/()\-]{3,90}?)[ \t\u00a0]{0,60}[:.]?[ \t\r]{0,60}$", re.MULTILINE
)
_EXHIBIT = re.compile(
    r"^[ \t\u00a0]{0,60}(?P<word>EXHIBIT|Exhibit|SCHEDULE|Schedule|ANNEX|Annex|APPENDIX|Appendix|ATTACHMENT|Attachment)"
    r"\s{1,3}[\"“]?(?P<num>[A-Z]{1,2}(?:-?\d{1,2})?|\d{1,2}(?:[.-]\d{1,3}){0,2}|"
    r"[IVX]{1,5})\b[\"”]?[ \t]{0,4}(?=[\r\n:–—-]|$)",
    re.MULTILINE,
)
_SMALL = r"(?:and|of|or|the|to|for|in|by|on|with|a|an|as|upon|from|at|under|not|no|&|/|-|–)"
_TITLE = re.compile(
    r"[\s.:\-–—]{0,8}(?P<title>[A-Z][\w&'’/,()\-]{0,40}"
    rf"(?:[ \u00a0]{{1,2}}(?:[A-Z(][\w&'’/,();\-]{{0,40}}|{_SMALL}(?=[ \u00a0]))){{0,11}})"
    r"(?P<end>[.:]|\s*[\r\n]|[ \u00a0]{2}|\s[–—-]\s|$)?"
)
_TITLE_LINE = re.compile(
    r"[ \t\u00a0.:)\-–—]{0,8}(?P<title>[A-Z][^\n.;:]{2,78})[:.]?[ \t\r]{0,40}(?:\n[ \t\r]{0,40}\n|\Z)"
)
_CAPS_TITLE = re.compile(
    r"[\s.:\-–—]{0,8}(?P<title>[A-Z][A-Z&'’/,()\-]{1,40}(?:[ \u00a0][A-Z&(][A-Z&'’/,();\-]{0,40}){0,11})(?![a-z])"
)
_PAGE_LINE = re.compile(
    r"^[ \t]{0,80}(?:-{0,2}\s?\d{1,4}\s?-{0,2}|[Pp]age\s\d{1,4}(?:\sof\s\d{1,4})?|[ivx]{1,6})[ \t\r]{0,80}$",
    re.MULTILINE,
)
_ENDERS = frozenset('.;:!?)"”]_')


@dataclass(frozen=True, slots=True)
class ContractSection:
    """One piece of a contract: `text[start:end]`, with its heading at `text[start:body]`.

    `number` is as written ("5.2", "IV", "(a)", "Exhibit A") or "", `title` the heading's words or "".
    `level` counts from 1; `parent` is the index of the section around it, or None.
    """

    kind: SectionKind
    number: str
    title: str
    level: int
    start: int
    body: int
    end: int
    parent: int | None = None


@dataclass(frozen=True, slots=True)
class _Mark:
    kind: SectionKind
    number: str
    start: int
    end: int
    line_start: bool
    parts: tuple[int, ...] = ()


def split_sections(text: str) -> tuple[ContractSection, ...]:
    """The sections of `text` in order; together they cover all of it. Linear in the length of the text.

    Understands "ARTICLE IV", "Section 5.2", "5.2 Title." at the start of a line or inside one, headings in
    capitals, "(a)" items and exhibits. A number inside a line counts only when it continues the numbering.
    Lines of a table of contents that come again later are left out; page numbers are not sections.
    """
    marks = sorted(_find_marks(text), key=lambda mark: (mark.start, -mark.end))
    found: list[ContractSection] = []
    last_end = 0
    for mark in _keep_sequence(marks):
        if mark.start < last_end:
            continue
        title, body = _title(text, mark)
        level = {"exhibit": 1, "article": 1, "heading": 1, "item": 6, "preamble": 1}.get(
            mark.kind, len(mark.parts) or 1
        )
        found.append(ContractSection(mark.kind, mark.number, title, level, mark.start, body, mark.start))
        last_end = body
    return _link_parents(_drop_contents(_close_sections(found, len(text))), len(text))


def get_section_at(sections: tuple[ContractSection, ...], place: int) -> ContractSection:
    """The section that holds the position `place` of the text."""
    starts = [section.start for section in sections]
    return sections[max(0, bisect_right(starts, place) - 1)]


def format_section_title(sections: tuple[ContractSection, ...], section: ContractSection) -> str:
    """Number and title of a section; an item without a title is named after the section around it."""
    names = []
    while True:
        name = " ".join(part for part in (section.number, section.title) if part)
        if name:
            names.append(name)
        if section.title or section.parent is None:
            return " ".join(reversed(names))
        section = sections[section.parent]


def _find_marks(text: str) -> Iterator[_Mark]:
    pages = {match.start() for match in _PAGE_LINE.finditer(text)}
    for match in _EXHIBIT.finditer(text):
        place = match.start("word")
        yield _Mark("exhibit", f"{match['word'].title()} {match['num']}", place, match.end(), True)
    for match in _NAMED.finditer(text):
        at_line = _is_line_start(text, match.start())
        if at_line or _is_after_sentence(text, match.start()):
            kind: SectionKind = "article" if match["word"].lower() == "article" else "section"
            yield _Mark(kind, match["num"], match.start(), match.end(), at_line, _split_number(match["num"]))
    for match in _NUMBER.finditer(text):
        at_line = _is_line_start(text, match.start())
        if at_line and text.rfind("\n", 0, match.start()) + 1 in pages:
            continue
        if at_line or _is_after_sentence(text, match.start()):
            yield _Mark("section", match["num"], match.start(), match.end(), at_line, _split_number(match["num"]))
    for match in _ITEM.finditer(text):
        yield _Mark("item", f"({match['num']})", match.start("num") - 1, match.end(), True)
    for match in _CAPS_LINE.finditer(text):
        if re.search(r"[A-Z]{3}", match["title"]) and match.start("title") not in pages:
            yield _Mark("heading", "", match.start("title"), match.start("title"), True)


def _keep_sequence(marks: list[_Mark]) -> Iterator[_Mark]:
    """Keeps the numbers that continue the numbering; inside a line only the direct successor counts."""
    current: tuple[int, ...] = ()
    for mark in marks:
        if mark.kind == "exhibit":
            current = ()
        if mark.kind in {"section", "article"} and mark.parts:
            if not _follows(current, mark.parts, lenient=mark.line_start or mark.kind == "article"):
                continue
            current = mark.parts
        yield mark


def _follows(current: tuple[int, ...], new: tuple[int, ...], *, lenient: bool) -> bool:
    if not current:
        return new[0] <= 1 if not lenient else new[0] <= 3
    if lenient and len(new) == 1 and new[0] == 1:
        return True
    reach = 3 if lenient else 1
    for depth in range(len(new)):
        if depth < len(current) and new[depth] == current[depth]:
            continue
        step = new[depth] - (current[depth] if depth < len(current) else 0)
        rest = new[depth + 1 :]
        return 0 <= step <= reach and all(part <= 1 for part in rest)
    return False


def _title(text: str, mark: _Mark) -> tuple[str, int]:
    if mark.kind == "item":
        return "", mark.end
    window = text[mark.end : mark.end + 400]
    if mark.kind == "heading":
        line = window.split("\n", 1)[0].rstrip()
        return re.sub(r"\s+", " ", line).strip(" :."), mark.end + len(line)
    if mark.line_start and (alone := _TITLE_LINE.match(window)):
        return _clean(alone["title"]), mark.end + alone.end()
    match = _TITLE.match(window)
    if match and match["end"] is not None and len(match["title"]) <= 90:
        return _clean(match["title"]), mark.end + match.end()
    caps = _CAPS_TITLE.match(window)
    if caps and len(caps["title"]) > 3:
        return _clean(caps["title"]), mark.end + caps.end()
    return "", mark.end


def _clean(title: str) -> str:
    return re.sub(r"\s+", " ", title).strip(" ,;:.")


def _close_sections(found: list[ContractSection], length: int) -> list[ContractSection]:
    ends = [*(section.start for section in found[1:]), length][: len(found)]
    return [replace(section, end=end) for section, end in zip(found, ends, strict=True)]


def _drop_contents(sections: list[ContractSection]) -> list[ContractSection]:
    """Drops short sections whose number and title come again later: lines of a table of contents."""
    last = {(section.number, section.title.lower()): index for index, section in enumerate(sections)}
    return [
        section
        for index, section in enumerate(sections)
        if section.kind in {"item", "exhibit"}
        or section.end - section.start > 200
        or last[(section.number, section.title.lower())] == index
    ]


def _link_parents(sections: list[ContractSection], length: int) -> tuple[ContractSection, ...]:
    if not sections or sections[0].start > 0:
        sections = [ContractSection("preamble", "", "", 1, 0, 0, 0), *sections]
    linked: list[ContractSection] = []
    open_at: list[int] = []
    for index, section in enumerate(_close_sections(sections, length)):
        while open_at and linked[open_at[-1]].level >= section.level:
            open_at.pop()
        linked.append(replace(section, parent=open_at[-1] if open_at else None))
        open_at.append(index)
    return tuple(linked)


def _is_line_start(text: str, place: int) -> bool:
    begin = text.rfind("\n", max(0, place - 80), place) + 1
    if begin == 0 and place > 80:
        return False
    return not text[begin:place].strip()


def _is_after_sentence(text: str, place: int) -> bool:
    before = text[max(0, place - 12) : place].rstrip()
    return bool(before) and (before[-1] in _ENDERS or text[max(0, place - 3) : place].isspace() or before[-1].isupper())


def _split_number(number: str) -> tuple[int, ...]:
    if number[0].isdigit():
        return tuple(int(part) for part in number.split("."))
    return (_parse_roman(number),)


def _parse_roman(number: str) -> int:
    values = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
    total = 0
    for char, following in zip(number, [*number[1:], ""], strict=True):
        value = values[char]
        total += -value if following and values[following] > value else value
    return total
