"""Nearest rows by meaning: what the index finds, read again from SQL before anybody sees it."""

import numpy as np
from numpy.typing import NDArray

from .index import VectorIndex
from .records import Row
from .rows import Rows
from .scope import Scope

SPARE = 8


def nearest_rows(
    rows: Rows, index: VectorIndex, scope: Scope, vector: NDArray[np.float32], limit: int
) -> list[tuple[Row, float]]:
    """The nearest ``limit`` rows that the scope admits, with the cosine of their best vector, best first.

    A row may have several vectors, may have expired, or may have changed a moment ago; then more is asked for.
    """
    asked, unchecked = limit + SPARE, True
    while True:
        hits = index.nearest(scope, vector, asked, unchecked=unchecked)
        best: dict[str, tuple[int, float]] = {}
        for hit in hits:
            best.setdefault(hit.row_id, (hit.seq, hit.similarity))
        found = rows.fetch(list(best), scope)
        kept = [
            (found[row_id], similarity)
            for row_id, (seq, similarity) in best.items()
            if row_id in found and found[row_id].seq == seq
        ]
        if len(kept) >= limit or len(hits) < asked:
            return kept[:limit]
        asked, unchecked = asked if unchecked else asked * 4, False


def similarity(row: Row, vector: NDArray[np.float32]) -> float | None:
    """The cosine of a row's best vector, or ``None`` when it has none."""
    vectors = row.vectors(len(vector))
    return float((vectors @ vector).max()) if len(vectors) else None
