"""A re-ranker, such as a cross-encoder, is given to the search through this port; there is none by default."""

import logging
from collections.abc import Sequence
from typing import Protocol

from ..records.items import RecalledItem

log = logging.getLogger(__name__)


class Reranker(Protocol):
    """Judges again what a search found."""

    def scores(self, query: str, items: Sequence[RecalledItem]) -> Sequence[float]:
        """One score for each item, higher is better. It sees only what the asking principal may see."""
        ...


def rerank_items(reranker: Reranker | None, query: str, items: list[RecalledItem]) -> list[RecalledItem]:
    """The items in the re-ranker's order, equal ones as they were; as they were when it fails or there is none."""
    if reranker is None or len(items) < 2:
        return items
    try:
        scores = [float(score) for score in reranker.scores(query, items)]
        order = sorted(range(len(items)), key=lambda at: -scores[at])
        if len(scores) != len(items):
            raise ValueError(f"{len(scores)} scores for {len(items)} items")
    except Exception:
        # A better order is a convenience: without it the found items still answer.
        log.warning("The re-ranker failed; the order stays as the search made it.", exc_info=True)
        return items
    return [items[at] for at in order]
