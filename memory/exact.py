"""Exact search in NumPy over the vectors in SQL: for every process that does not own the Chroma folder."""

from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .records import Changes
from .scope import Scope, Tag
from .vectors import Hit

KEPT_TENANTS = 16


@dataclass(slots=True)
class _Shelf:
    seq: int = 0
    generation: int = 0
    tags: list[Tag] = field(default_factory=list)
    matrix: NDArray[np.float32] | None = None


class ExactIndex:
    """A tenant's vectors in memory, as of one ``seq``; the least recently used tenants are let go."""

    def __init__(self) -> None:
        self._shelves: OrderedDict[str, _Shelf] = OrderedDict()

    def position(self, tenant: str, generation: int) -> int:
        """The ``seq`` that is reflected, 0 for nothing."""
        shelf = self._shelves.get(tenant)
        if shelf is None or shelf.generation != generation:
            self._shelves[tenant] = _Shelf(generation=generation)
            while len(self._shelves) > KEPT_TENANTS:
                self._shelves.popitem(last=False)
        self._shelves.move_to_end(tenant)
        return self._shelves[tenant].seq

    def look_again(self, tenant: str) -> None:
        """Nothing: nobody else changes this copy."""

    def passed(self, tenant: str, upto: int) -> None:
        """Notes that nothing of the tenant changed until ``upto``."""
        self._shelves[tenant].seq = upto

    def apply(self, tenant: str, changes: Changes) -> None:
        """Brings the tenant's vectors to ``changes.upto``."""
        shelf = self._shelves[tenant]
        parts = [] if shelf.matrix is None else [shelf.matrix]
        if changes.dropped and parts:
            dropped = {(name.split(":")[0], int(name.split(":")[1])) for name in changes.dropped}
            keep = [at for at, tag in enumerate(shelf.tags) if (tag.row_id, tag.seq) not in dropped]
            shelf.tags = [shelf.tags[at] for at in keep]
            parts = [parts[0][keep]]
        for tag, vectors in changes.added:
            shelf.tags.extend([tag] * len(vectors))
            parts.append(vectors)
        if parts and (changes.added or changes.dropped):
            shelf.matrix = np.concatenate(parts)
        shelf.seq = changes.upto

    def drop(self, tenant: str) -> None:
        """Forgets the tenant's vectors; the next search takes them from SQL."""
        self._shelves.pop(tenant, None)

    def count(self, tenant: str) -> int:
        """How many vectors the tenant has here."""
        return len(self._shelves[tenant].tags)

    def nearest(self, scope: Scope, vector: NDArray[np.float32], limit: int) -> list[Hit]:
        """The nearest vectors that the scope admits, best first."""
        shelf = self._shelves[scope.tenant]
        if shelf.matrix is None or not shelf.tags:
            return []
        scores = shelf.matrix @ vector
        found: list[Hit] = []
        for at in np.argsort(-scores, kind="stable"):
            tag = shelf.tags[at]
            if scope.admits(tag):
                found.append(Hit(tag.row_id, tag.seq, float(scores[at])))
                if len(found) == limit:
                    break
        return found
