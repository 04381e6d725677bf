"""A question is read before searching: its parts, the names in each, what is asked, and whether of today.

Rules, no model: a question for several facts is cut at conjunctions before question words, at lists after a colon, and
at several names; what is left of a part without its names is what is asked (its topic).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from ..records.terms import STOP_WORDS, WORD

MAX_PARTS = 4
MAX_NAMES = 8
MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NO_NAMES = frozenset((*STOP_WORDS, *MONTHS, *_DAYS, "any", "every", "give", "may", "show", "tell", "whom", "whose"))
# A run of capitalised words, or a word with a digit in it, such as ORD-8841.
_RUN = re.compile(r"\b[A-Z][\w&-]*(?:[ \t]+[A-Z][\w&-]*)*(?:['’]s\b)?|(?<![\w-])[\w-]*\d[\w-]*")
_NUMBER = re.compile(r"\d{1,3}|(?:19|20)\d\d|\d+(?:st|nd|rd|th)")  # a count or a year names nothing
_QUESTION = (
    r"(?:(?:by|up to|at|to|in|from|since|until|for|on)\s+)?(?:who|whom|whose|what|when|where|which|why|how)\b"
    r"|(?:did|does|do|is|are|was|were|will|would|can|could|has|have|may|must|should)\b"
)
_CUT = re.compile(rf"(?:[,;]\s*(?:and|or|but|also)?|\?|\b(?:and|but|or))\s+(?={_QUESTION})", re.I)
_ASKS = re.compile(_QUESTION, re.I)
_LEANING = re.compile(r"\b(?:it|its|that|this|them|they|their|those|these|he|him|she|her|one)\b", re.I)
_ITEM = re.compile(r",\s*(?:and\s+|or\s+)?|\s+(?:and|or)\s+")
_OR = re.compile(r",?\s+or\s+")
_BESIDE = re.compile(r"\b(?:and|or|than|versus|vs|compared|as well as)\b|^\s*[,/]\s*$", re.I)
_PRESENT = re.compile(
    r"\b(?:now|nowadays|today|currently|current|presently|at present|these days|latest|newest|still|at the moment|"
    r"most recent|as of)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class QueryPart:
    """One thing that is asked for.

    Attributes:
        text: its words.
        names: the names and ids in it, or of the question around it.
        topic: the words with "them" instead of the names. Ids stay: they hardly change what a text means.
    """

    text: str
    names: tuple[str, ...]
    topic: str


def split_query(query: str) -> list[QueryPart]:
    """What a question asks for, at most four parts, in the order of the question; a simple one has one part."""
    query = " ".join(query.split())
    everything = find_query_names(query)[:MAX_NAMES]
    if not query:
        return []
    found = _clauses(query, everything) or _split_list(query, everything) or _split_by_names(query, everything)
    if not 1 < len(found) <= MAX_PARTS:
        found = [(query, everything)]
    return [QueryPart(text, tuple(names), extract_topic(text, everything)) for text, names in found]


def find_query_names(text: str) -> list[str]:
    """Names and ids, each once: capitalised words (not a lone one at a sentence's start) and words with digits."""
    found: dict[str, None] = {}
    letters = [word for word in WORD.findall(text) if word[0].isalpha()]
    shouted = sum(word.isupper() for word in letters) > max(2, len(letters) * 2 // 3)
    for match in _RUN.finditer(text):
        run = match[0]
        if any(map(str.isdigit, run)) and not run[0].isupper():
            if not _NUMBER.fullmatch(run):
                found[run] = None
            continue
        bare = re.sub(r"['’]s$", "", run)
        words = bare.split()
        first = _starts_sentence(text, match.start())
        while words and words[0].lower() in NO_NAMES:
            words, first = words[1:], False
        while words and words[-1].lower() in NO_NAMES:
            words = words[:-1]
        lone = first and len(words) == 1 and run == bare and not any(map(str.isdigit, words[0]))
        if words and not lone and not (shouted and not any(map(str.isdigit, run))):
            found[" ".join(words)] = None
    return list(found)


def wants_current(query: str) -> bool:
    """Whether the newest of several answers is wanted."""
    return _PRESENT.search(query) is not None


def _starts_sentence(text: str, at: int) -> bool:
    before = text[:at].rstrip(" \"'“(")
    return not before or before[-1] in ".?!:\n"


def _clauses(query: str, everything: list[str]) -> list[tuple[str, list[str]]]:
    """Clauses that each ask something; one without a name takes that of the clause before.

    A clause that tells the circumstances, and one that only makes sense with the other ("may I see it?"), is no part.
    """
    pieces = [piece.strip(" ,.?;") for piece in _CUT.split(query)]
    pieces = [piece for piece in pieces if len(piece.split()) >= 3]
    if len(pieces) < 2 or not all(_ASKS.match(piece) for piece in pieces):
        return []
    found, last = [], [name for name in everything if name in pieces[0]]
    for piece in pieces:
        own = [name for name in everything if name in piece]
        if not own and not last and _LEANING.search(piece):
            return []
        last = own or last
        found.append((piece, last))
    return found


def _split_list(query: str, everything: list[str]) -> list[tuple[str, list[str]]]:
    """A list after a colon; each item is asked of the names before the colon, unless it has its own."""
    head, colon, tail = query.partition(": ")
    if not colon:
        return []
    long = _OR.split(tail)
    clauses = len(long) > 1 and all(len(piece.split()) > 4 for piece in long)
    items = [item.strip(" .?;") for item in (long if clauses else _ITEM.split(tail))]
    items = [item for item in items if item]
    if len(items) < 2:
        return []
    whose = [name for name in everything if name in head]
    found = []
    for item in items:
        own = [name for name in everything if name in item]
        found.append((item if own or not whose else f"{item} of {whose[0]}", own or whose))
    return found


def _split_by_names(query: str, everything: list[str]) -> list[tuple[str, list[str]]]:
    """The same question for each of several names that are compared or listed; two long halves keep their own words."""
    if len(everything) < 2:
        return []
    halves = [half.strip(" ?") for half in _OR.split(query)]
    if len(halves) == 2 and all(len(half.split()) >= 5 for half in halves):
        owned = [(half, [name for name in everything if name in half]) for half in halves]
        if all(names for _, names in owned):
            return owned
    ends = [
        (match.start(), match.end()) for name in everything for match in [re.search(re.escape(name), query)] if match
    ]
    gaps = [query[end:start] for (_, end), (start, _) in pairwise(sorted(ends))]
    return [(query, [name]) for name in everything] if any(map(_BESIDE.search, gaps)) else []


def extract_topic(text: str, names: Iterable[str]) -> str:
    """What is asked, without the names."""
    for name in sorted((name for name in names if not any(map(str.isdigit, name))), key=len, reverse=True):
        text = re.sub(rf"\b{re.escape(name)}(['’]s\b)?", lambda match: "their" if match[1] else "them", text)
    return text
