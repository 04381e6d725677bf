"""Joining rankings that cannot be compared by score."""

from collections.abc import Hashable, Sequence
from typing import TypeVar

RANK_CONSTANT = 60
Found = TypeVar("Found", bound=Hashable)


def reciprocal_ranks(*rankings: Sequence[str]) -> dict[str, float]:
    """A score for every id in any ranking: the sum of ``1 / (60 + rank)``, ranks from 1.

    Source: Cormack, Clarke and Buettcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning
    Methods" (SIGIR 2009), which also gives the constant 60.
    """
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, found in enumerate(ranking, start=1):
            scores[found] = scores.get(found, 0.0) + 1.0 / (RANK_CONSTANT + rank)
    return scores


def interleaved(rankings: Sequence[Sequence[Found]]) -> list[Found]:
    """The rankings take turns; each gives its best that none has given yet."""
    taken: dict[Found, None] = {}
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
