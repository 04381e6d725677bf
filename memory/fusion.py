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
    """The first of each ranking, then the second of each, and so on; everything once, at its first place."""
    longest = max(map(len, rankings), default=0)
    return list(dict.fromkeys(ranking[at] for at in range(longest) for ranking in rankings if at < len(ranking)))
