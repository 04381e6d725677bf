"""What Chroma has and what it was not told yet, searched as one."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..records.row_store import Rows
from ..records.scope import Scope
from .chroma import ChromaIndex
from .exact import ExactIndex
from .port import Hit


@dataclass(frozen=True, slots=True)
class Tailed:
    """Chroma as of one ``seq``, and exactly what changed since.

    Attributes:
        index: Chroma.
        tails: the changes that it was not told.
    """

    index: ChromaIndex
    tails: ExactIndex

    def admitted(self, rows: Rows, scope: Scope, vector: NDArray[np.float32], limit: int) -> list[Hit]:
        """The nearest vectors of rows that the scope admits, best first."""
        # Chroma's filter costs several times the search, and most hits pass it: look without it first.
        asked = limit + limit // 2
        hits = self.near(scope, vector, asked)
        admitted = rows.admitted(list({hit.row_id for hit in hits}), scope)
        kept = [hit for hit in hits if hit.row_id in admitted]
        if len(kept) >= limit or len(hits) < asked:
            return kept[:limit]
        return self.near(scope, vector, limit, scope.where())

    def near(
        self, scope: Scope, vector: NDArray[np.float32], limit: int, where: dict[str, Any] | None = None
    ) -> list[Hit]:
        """The nearest vectors of the tenant, best first; some may be of rows that the scope does not admit."""
        hits = self.index.near(scope.tenant, vector, limit, where)
        changed = self.tails.changed(scope.tenant)
        if not changed:
            return hits
        kept = self.tails.beside(scope.tenant, hits)
        if len(kept) < limit == len(hits):
            kept = self.tails.beside(scope.tenant, self.index.near(scope.tenant, vector, limit + changed, where))
        found = [*kept, *self.tails.nearest(scope, vector, limit)]
        return sorted(found, key=lambda hit: -hit.similarity)[:limit]
