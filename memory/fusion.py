"""Joining rankings that cannot be compared by score."""

from collections.abc import Sequence

RANK_CONSTANT = 60


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
