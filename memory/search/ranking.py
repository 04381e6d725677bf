"""The ranking says how well a row answers one part of a question, and joins what several searches found.

Nearness, names, words and mild priors are added up: a weighted sum of comparable scores keeps how much nearer one row
is than another, which ranks alone lose (Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval",
TOIS 2023). The weights were chosen on the tuning half of ``benchmarks/conversations.py``. Rankings that cannot be
compared by score are joined by rank, and of texts that say the same one is kept, so that it does not push others out.
"""

import re
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import log
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ..records.items import CORRECTION
from ..records.rows import MemoryRow
from ..records.scope import TRUSTED
from ..records.terms import WORD
from .query import NO_NAMES

NAME_WEIGHT, POINTED_NAME_WEIGHT = 0.2, 0.4  # a name of the question; a name that the first hits pointed to
NEIGHBOUR_SHARE = 0.8  # what a name is worth that stands in one of the two turns before
WORD_WEIGHT, WORD_HALF_RANK = 0.06, 10  # the best by words; the rank at which half of it is left
QUESTION_PENALTY, CORRECTION_BONUS = 0.15, 0.02
RECENT_WEIGHT, PRESENT_WEIGHT = 0.01, 0.1  # the newest of the candidates; when the question asks for the present
_CAPITAL = re.compile(r"\b[A-Z][\w&-]{2,}")
_SMALL = re.compile(r"\b[a-z]\w+")
MAX_COMMON_SHARE = 0.3
MAX_NAME_TEXT = 4000  # characters of a row in which names are looked for


@dataclass(slots=True)
class Candidates:
    """The rows among which one question is answered.

    Attributes:
        rows: by id.
        before: for a row, the rows right before it in its source.
    """

    rows: dict[str, MemoryRow] = field(default_factory=dict)
    before: dict[str, set[str]] = field(default_factory=dict)
    _words: dict[str, frozenset[str]] = field(default_factory=dict)

    def words(self, row_id: str) -> frozenset[str]:
        """The words of a row, lower case."""
        if row_id not in self._words:
            text = get_own_text(self.rows[row_id])[:MAX_NAME_TEXT]
            self._words[row_id] = frozenset(word.lower() for word in WORD.findall(text))
        return self._words[row_id]

    def find_holders(self, names: Sequence[str]) -> list[str]:
        """Ids of the rows that hold all words of one of the names."""
        sought = [split_name(name) for name in names]
        return [row_id for row_id in self.rows if any(name <= self.words(row_id) for name in sought)]

    def score_names(self, names: Sequence[str]) -> dict[str, float]:
        """How well each row names what is named, 0 to 1: of each name the rarest word counts, of several their mean."""
        found: dict[str, float] = {}
        count = len(self.rows)
        for name in names:
            sought = split_name(name)
            holders = {word: [row_id for row_id in self.rows if word in self.words(row_id)] for word in sought}
            weights = {word: log((count + 1) / (len(held) + 0.5)) for word, held in holders.items()}
            most = max(weights.values(), default=0.0)
            best: dict[str, float] = {}
            for word, held in holders.items():
                for row_id in held:
                    best[row_id] = max(best.get(row_id, 0.0), weights[word] / most if most > 0 else 0.0)
            for row_id, share in best.items():
                found[row_id] = found.get(row_id, 0.0) + share / len(names)
        return found

    def find_pointed_name(self, first: Sequence[str], known: Collection[str]) -> str | None:
        """A name in the first rows that other candidates hold too, but not most of them, and the question does not."""
        small = {word for row in self.rows.values() for word in _SMALL.findall(get_own_text(row)[:MAX_NAME_TEXT])}
        for row_id in first:
            for match in _CAPITAL.finditer(get_own_text(self.rows[row_id])[:MAX_NAME_TEXT]):
                word = match[0].lower()
                if word in small or word in known or word in NO_NAMES:
                    continue
                holders = sum(1 for other in self.rows if word in self.words(other))
                if 2 <= holders <= MAX_COMMON_SHARE * len(self.rows):
                    return match[0]
        return None


@dataclass(frozen=True, slots=True)
class RankingTarget:
    """What one part of a question is measured by."""

    vector: NDArray[np.float32]
    names: tuple[str, ...]
    word_ranking: Sequence[str]
    wants_current: bool = False
    name_weight: float = NAME_WEIGHT


def rank_candidates(candidates: Candidates, wanted: RankingTarget) -> list[str]:
    """Ids of all candidates, best first."""
    rows = candidates.rows
    if not rows:
        return []
    scores = _compute_nearness(rows, wanted.vector)
    naming = candidates.score_names(wanted.names) if wanted.names else {}
    places = {row_id: rank for rank, row_id in enumerate(wanted.word_ranking)}
    oldest = min(row.updated_at for row in rows.values())
    span = (max(row.updated_at for row in rows.values()) - oldest).total_seconds()
    for row_id, row in rows.items():
        beside = max((naming.get(other, 0.0) for other in candidates.before.get(row_id, ())), default=0.0)
        scores[row_id] += wanted.name_weight * max(naming.get(row_id, 0.0), NEIGHBOUR_SHARE * beside)
        if row_id in places:
            scores[row_id] += WORD_WEIGHT * WORD_HALF_RANK / (WORD_HALF_RANK + places[row_id])
        if span:
            age = (row.updated_at - oldest).total_seconds() / span
            scores[row_id] += (PRESENT_WEIGHT if wanted.wants_current else RECENT_WEIGHT) * age
        scores[row_id] += compute_importance(row)
    return sorted(rows, key=lambda row_id: -scores[row_id])


def compute_importance(row: MemoryRow) -> float:
    """What kind of thing was said: a question tells nothing, a correction goes before what it corrects."""
    if get_own_text(row).rstrip().endswith("?"):
        return -QUESTION_PENALTY
    return CORRECTION_BONUS if row.kind == CORRECTION else 0.0


def get_own_text(row: MemoryRow) -> str:
    """A row's own text, without the headings above it."""
    return str(row.value.get("text", row.text))


def split_name(name: str) -> frozenset[str]:
    """The words of a name, lower case."""
    return frozenset(word.lower() for word in WORD.findall(name))


def _compute_nearness(rows: Mapping[str, MemoryRow], vector: NDArray[np.float32]) -> dict[str, float]:
    """Cosine of each row's best vector; one that has none yet counts as the middle of the others."""
    found = {}
    for row_id, row in rows.items():
        vectors = row.vectors(len(vector))
        if len(vectors):
            found[row_id] = float((vectors @ vector).max())
    middle = float(np.median(list(found.values()))) if found else 0.0
    return {row_id: found.get(row_id, middle) for row_id in rows}


_WORD = re.compile(r"\d[\d.,]*\d|\w+")
_ARTICLES = frozenset(("a", "an", "the"))


def drop_repeats(rows: Iterable[MemoryRow]) -> Iterator[MemoryRow]:
    """The rows in their order, of those that say the same the first.

    The same are texts of one kind that differ in case, punctuation, spaces and articles alone; a "not" or a figure
    more or less is another text. What is trusted is never left out in favour of what is not.
    """
    seen: set[tuple[str, bool, tuple[str, ...]]] = set()
    for row in rows:
        words = tuple(word for word in _WORD.findall(get_own_text(row).lower()) if word not in _ARTICLES)
        key = (row.kind, row.provenance in TRUSTED, words or (get_own_text(row),))
        if key not in seen:
            seen.add(key)
            yield row


RANK_CONSTANT = 60
ItemT = TypeVar("ItemT", bound=Hashable)


def fuse_ranks(*rankings: Sequence[str]) -> dict[str, float]:
    """A score for every id in any ranking: the sum of ``1 / (60 + rank)``, ranks from 1.

    Source: Cormack, Clarke and Buettcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning
    Methods" (SIGIR 2009), which also gives the constant 60.
    """
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, found in enumerate(ranking, start=1):
            scores[found] = scores.get(found, 0.0) + 1.0 / (RANK_CONSTANT + rank)
    return scores


def interleave(rankings: Sequence[Sequence[ItemT]]) -> list[ItemT]:
    """The rankings take turns; each gives its best that none has given yet."""
    taken: dict[ItemT, None] = {}
    turns = [iter(ranking) for ranking in rankings]
    while turns:
        for ranking in tuple(turns):
            for found in ranking:
                if found not in taken:
                    taken[found] = None
                    break
            else:
                turns.remove(ranking)
    return list(taken)
