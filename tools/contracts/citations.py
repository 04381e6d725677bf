"""This module checks that what a contract refers to is there: its sections, its attachments and its defined terms."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from .sections import ContractSection, split_sections

IssueKind = Literal["section", "attachment", "term_duplicate", "term_unused", "term_undefined"]

_REFERENCE = re.compile(
    r"(?<![\w§])(?P<word>Sections?|SECTIONS?|Articles?|ARTICLES?|Clauses?|Paragraphs?|§{1,2})\s{0,3}"
    r"(?P<list>(?:\d{1,3}(?:\.\d{1,3}){0,4}(?!\d)|[IVXLC]{1,7}\b)(?:\s?\([a-z0-9]{1,4}\)){0,4}"
    r"(?:(?:,\s{1,3}(?:and\s|or\s)?|\s{1,3}(?:and|or|through|to)\s{1,3})(?:\d{1,3}(?:\.\d{1,3}){0,4}|"
    r"[IVXLC]{1,7}\b)(?:\s?\([a-z0-9]{1,4}\)){0,4}){0,12})"
)
_NUMBER = re.compile(r"\d{1,3}(?:\.\d{1,3}){0,4}|[IVXLC]{1,7}\b")
_ELSEWHERE = re.compile(
    r"[\s,)]{0,3}(?:(?:of|to|in|under)\s{1,3}(?!this\b|these\b|the\s(?:present\s)?(?:agreement|"
    r"contract)\b(?!\s[A-Z]))(?:the|that|such|its|each|any|said|[A-Z])|"
    r"(?:thereof|of\sthe\s[A-Z]|et\sseq))|\s?(?:U\.?S\.?C|C\.?F\.?R)",
)
_LAW_BEFORE = re.compile(r"(?:U\.?S\.?C\.?|C\.?F\.?R\.?|Code|Act|Rule|Regulation|Law|GDPR|BGB|HGB)\.{0,2}\s{0,3}$")
_ATTACHMENT = re.compile(
    r"(?<![\w-])(?P<word>Exhibit|EXHIBIT|Schedule|SCHEDULE|Annex|ANNEX|Appendix|APPENDIX|Attachment|"
    r"ATTACHMENT)\s{1,3}[\"“]?"
    r"(?P<num>[A-Z]{1,2}(?:-?\d{1,2})?|\d{1,2}(?:\.\d{1,3}){0,2}|[IVX]{1,5})(?![\w])"
)
_HEADING_START = re.compile(
    r"^[ \t]{0,60}(?P<word>exhibit|schedule|annex|appendix|"
    r"attachment)\s{1,3}[\"“]?(?P<num>[A-Za-z]{1,2}(?:-?\d{1,2})?|\d{1,2}(?:\.\d{1,3}){0,2}|[ivxIVX]{1,5})(?![\w])",
    re.IGNORECASE | re.MULTILINE,
)
_NUMBERED = re.compile(
    r"(?:^[ \t]{0,40}|(?<=[.;:)\"”\]]\s)|(?<=\s\s))(?:(?:Section|SECTION|Article|ARTICLE|Clause)\s{1,3})?"
    r"(?P<num>\d{1,3}(?:\.\d{1,3}){0,4}|(?:(?<=ARTICLE\s)|(?<=Article\s))[IVXLC]{1,7})(?=[.:)\s]|[A-Z])",
    re.MULTILINE,
)
_DEFINED_IN_PARENS = re.compile(
    r"\((?:[^()\"“”]{0,80})[\"“](?P<term>[A-Z][\w&'’/ .-]{1,58})[\"”](?!\s(?:definition|has|shall))[^()\"“”]{0,80}"
    r"(?:[\"“](?P<term2>[A-Z][\w&'’/ .-]{1,58})[\"”][^()\"“”]{0,40})?\)"
)
_DEFINED_MEANS = re.compile(
    r"[\"“](?P<term>[A-Z][\w&'’/ .-]{1,58})[\"”]\s{0,3}(?:\([^()]{0,60}\)\s{0,3})?(?:shall\s|"
    r"will\s)?(?:means?\b|refers?\sto)"
)
_DEFINED_ELSEWHERE = re.compile(
    r"[\"“](?P<term>[A-Z][\w&'’/ .-]{1,58})[\"”]\s{0,3}(?:shall\s|will\s)?(?:ha(?:s|ve)\sthe\smeaning|is\sdefined)"
)
_PROMISED = re.compile(
    r"(?:\b(?:The|This|Each|Any)\s)?(?P<term>[A-Z][\w&'’-]{1,30}(?:\s[A-Z][\w&'’-]{1,30}){0,4})\s{0,2}\((?:each\s|"
    r"all\s)?as\s(?:hereinafter\s)?defined\s(?:below|herein|above|hereunder|hereafter)[^()]{0,40}\)"
)
_PHRASE = re.compile(
    r"(?<=[a-z,;]\s)(?P<term>[A-Z][a-z]{2,20}\s(?:[A-Z][a-z]{2,20}\s){0,2}(?:Date|Period|Term|Fees?|"
    r"Services|Products?|Information|Territory|Materials|"
    r"Property|Rights|Marks|Software|Deliverables|Price|Notice|Event|Documents))\b"
)
_CAPITAL_BEFORE = re.compile(r"[A-Z][\w-]{0,22}\s$")
_MAX_TERMS = 500
_MAX_ISSUES = 200


@dataclass(frozen=True, slots=True)
class CitationIssue:
    """A reference that leads nowhere, or a defined term that is not clean, at `text[start:end]`."""

    kind: IssueKind
    text: str
    start: int
    end: int
    why: str


@dataclass(frozen=True, slots=True)
class CitationCheck:
    """How many references were checked and how many lead somewhere, and what is broken, in order of place.

    At most 200 issues of each kind are listed.
    """

    checked: int
    resolved: int
    issues: tuple[CitationIssue, ...]


def check_citations(text: str, sections: tuple[ContractSection, ...] | None = None) -> CitationCheck:
    """Checks the references and defined terms of the contract `text`.

    `sections` are those of `split_sections`, if they are at hand. References to other documents and to laws
    ("Section 13 of the Exchange Act") are not counted.
    """
    sections = split_sections(text) if sections is None else sections
    broken: list[CitationIssue] = []
    checked = resolved = 0
    for found in (_sections(text, sections), _attachments(text, sections)):
        for issue in found:
            checked += 1
            if issue is None:
                resolved += 1
            else:
                broken.append(issue)
    broken += _terms(text)
    kept: list[CitationIssue] = []
    count: Counter[str] = Counter()
    for issue in sorted(broken, key=lambda issue: (issue.start, issue.end)):
        count[issue.kind] += 1
        if count[issue.kind] <= _MAX_ISSUES:
            kept.append(issue)
    return CitationCheck(checked, resolved, tuple(kept))


def _sections(text: str, sections: tuple[ContractSection, ...]) -> Iterator[CitationIssue | None]:
    known = {section.number for section in sections}
    known |= {match["num"] for match in _NUMBERED.finditer(text)}
    # "Section 5" is there when 5.1 is.
    known |= {number.rsplit(".", depth)[0] for number in known for depth in range(1, number.count(".") + 1)}
    known = {_plain_number(number) for number in known}
    for match in _REFERENCE.finditer(text):
        if (
            _is_heading(text, match.start())
            or _ELSEWHERE.match(text, match.end())
            or _LAW_BEFORE.search(text, max(0, match.start() - 12), match.start())
        ):
            continue
        for number in _NUMBER.finditer(match["list"]):
            if match["list"][max(0, number.start() - 1) : number.start()] == "(":
                continue
            if _plain_number(number.group()) in known:
                yield None
            else:
                start = match.start() if number.start() == 0 else match.start("list") + number.start()
                end = match.start("list") + number.end()
                yield CitationIssue(
                    "section", text[start:end], start, end, f"There is no section {number.group()} in this document."
                )


def _attachments(text: str, sections: tuple[ContractSection, ...]) -> Iterator[CitationIssue | None]:
    known = {section.number.lower() for section in sections if section.kind == "exhibit"}
    headings = {match.start("word") for match in _HEADING_START.finditer(text)}
    known |= {f"{match['word']} {match['num']}".lower() for match in _HEADING_START.finditer(text)}
    for match in _ATTACHMENT.finditer(text):
        if match.start() in headings or _ELSEWHERE.match(text, match.end()):
            continue
        name = f"{match['word'].title()} {match['num']}"
        if name.lower() in known:
            yield None
        else:
            yield CitationIssue(
                "attachment", match.group(), match.start(), match.end(), f"{name} is not in this document."
            )


def _terms(text: str) -> Iterator[CitationIssue]:
    places: dict[str, list[tuple[int, int]]] = {}
    for pattern in (_DEFINED_IN_PARENS, _DEFINED_MEANS):
        for match in pattern.finditer(text):
            for group in ("term", "term2"):
                if group in match.re.groupindex and match[group]:
                    places.setdefault(match[group].strip(" ."), []).append(match.span(group))
    # A list of definitions that only points to the place where the term is defined repeats nothing.
    elsewhere = {match["term"].strip(" .") for match in _DEFINED_ELSEWHERE.finditer(text)}
    for term, spans in islice(places.items(), _MAX_TERMS):
        spans.sort()
        for start, end in spans[1:]:
            yield CitationIssue("term_duplicate", text[start:end], start, end, f'"{term}" is defined more than once.')
        if text.count(term) <= len(spans) and term not in {"Party", "Parties"}:
            start, end = spans[0]
            yield CitationIssue("term_unused", text[start:end], start, end, f'"{term}" is defined but not used.')
    known = {re.sub(r"\s+", " ", term).lower().removesuffix("s") for term in {*places, *elsewhere}}
    uses: dict[str, list[tuple[int, int]]] = {}
    for match in _PHRASE.finditer(text):
        if _CAPITAL_BEFORE.search(text, max(0, match.start() - 24), match.start()):
            continue  # the beginning of the term is cut off
        uses.setdefault(re.sub(r"\s+", " ", match["term"]), []).append(match.span("term"))
    for match in _PROMISED.finditer(text):
        term = re.sub(r"\s+", " ", match["term"])
        if not _is_known(term, known):
            yield CitationIssue(
                "term_undefined", match["term"], *match.span("term"), f'"{term}" is said to be defined, but is not.'
            )
    for term, spans in uses.items():
        if len(spans) >= 2 and not _is_known(term, known):
            start, end = spans[0]
            yield CitationIssue(
                "term_undefined", text[start:end], start, end, f'"{term}" is used like a defined term, but not defined.'
            )


def _is_known(term: str, known: set[str]) -> bool:
    """A term is known as a whole, or by its last words ("Initial Renewal Term" by "Renewal Term")."""
    words = term.lower().removesuffix("s").split()
    return any(" ".join(words[at:]) in known for at in range(len(words)))


def _is_heading(text: str, place: int) -> bool:
    begin = text.rfind("\n", max(0, place - 60), place) + 1
    if begin == 0 and place > 60:
        before = text[max(0, place - 6) : place]
        return before.isspace() or (before.rstrip()[-1:] in {".", ";", ":"} and before.endswith("  "))
    return not text[begin:place].strip()


def _plain_number(number: str) -> str:
    number = number.rstrip(".")
    if number and number[0] in "IVXLC" and all(char in "IVXLC" for char in number):
        values = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
        total = 0
        for char, following in zip(number, [*number[1:], ""], strict=True):
            total += -values[char] if following and values[following] > values[char] else values[char]
        return str(total)
    return ".".join(str(int(part)) for part in number.split(".")) if re.fullmatch(r"[\d.]+", number) else number
