"""The vector search finds the nearest rows by meaning, and reads each again from SQL before anybody sees it."""

import numpy as np
from numpy.typing import NDArray

from ..index.vector_index import VectorIndex
from ..records.row_store import RowStore
from ..records.rows import MemoryRow
from ..records.scope import Scope

SPARE = 8


def find_nearest_rows(
    rows: RowStore, index: VectorIndex, scope: Scope, vector: NDArray[np.float32], limit: int
) -> list[tuple[MemoryRow, float]]:
    """The nearest ``limit`` rows that the scope admits, with the cosine of their best vector, best first.

    A row may have several vectors, may have expired, or may have changed a moment ago; then more is asked for.
    """
    asked, unchecked = limit + SPARE, True
    while True:
        hits = index.nearest(scope, vector, asked, unchecked=unchecked)
        best: dict[str, tuple[int, float]] = {}
        for hit in hits:
            best.setdefault(hit.row_id, (hit.seq, hit.similarity))
        kept: list[tuple[MemoryRow, float]] = []
        order = list(best)
        # Nearly always the first ones do; the others are read only when they do not.
        for some in (order[:limit], order[limit:]):
            found = rows.fetch(some, scope) if some and len(kept) < limit else {}
            kept += [
                (found[row_id], best[row_id][1])
                for row_id in some
                if row_id in found and found[row_id].seq == best[row_id][0]
            ]
        if len(kept) >= limit or len(hits) < asked:
            return kept[:limit]
        asked, unchecked = asked if unchecked else asked * 4, False


def compute_similarity(row: MemoryRow, vector: NDArray[np.float32]) -> float | None:
    """The cosine of a row's best vector, or ``None`` when it has none."""
    vectors = row.vectors(len(vector))
    return float((vectors @ vector).max()) if len(vectors) else None
