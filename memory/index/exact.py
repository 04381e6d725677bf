"""Exact search in NumPy looks through a tenant's vectors, or only through what another index was not told yet.

Which of many vectors a scope admits is asked once for all that no scope can tell apart.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..records.rows import IndexChanges, make_vector_ids
from ..records.scope import Namespace, Scope, VectorTag
from .port import Hit

SCOPES = 32
"""The answers for so many scopes are kept; the least recently used goes first."""
_Sort = tuple[Namespace, str, str, str]
_Limits = tuple[frozenset[str], Namespace, tuple[str, ...], bool]


class Admission:
    """Numbers the sorts of vectors (namespace, kind, visibility, provenance) and knows which of them a scope admits.

    In a tenant of many people most vectors are not the reader's; asking for each of them would take most of a search.
    """

    def __init__(self) -> None:
        self._numbers: dict[_Sort, int] = {}
        self._samples: list[VectorTag] = []
        self._known: OrderedDict[_Limits, NDArray[np.bool_]] = OrderedDict()

    @property
    def count(self) -> int:
        """How many sorts there are."""
        return len(self._samples)

    def get_sort(self, tag: VectorTag) -> int:
        """The number of its sort, a new one when there is none."""
        sort = (tag.namespace, tag.kind, tag.visibility, tag.provenance)
        number = self._numbers.setdefault(sort, len(self._samples))
        if number == len(self._samples):
            self._samples.append(tag)
        return number

    def find_admitted(self, scope: Scope) -> NDArray[np.bool_]:
        """For each sort whether the scope admits it, expiry aside."""
        limits = (scope.visible, scope.prefix, scope.kinds, scope.trusted_only)
        known = self._known.pop(limits, np.zeros(0, np.bool_))
        if len(known) < len(self._samples):
            fresh = [scope.admits(tag) for tag in self._samples[len(known) :]]
            known = np.concatenate((known, np.array(fresh, np.bool_)))
        self._known[limits] = known
        if len(self._known) > SCOPES:
            self._known.popitem(last=False)
        return known


KEPT_BYTES = 128 * 2**20
TAG_BYTES = 600  # about what a vector costs besides its numbers
MAX_UNUSED_SORTS = 64  # how many sorts of vectors nothing needs to be forgotten for
COPY_FRACTION = 4  # a part smaller than a fourth is copied out rather than compared with all the rest


@dataclass(slots=True)
class _TenantVectors:
    seq: int = 0
    since: int = 0
    generation: int = 0
    names: list[str] = field(default_factory=list)
    tags: list[VectorTag] = field(default_factory=list)
    admission: Admission = field(default_factory=Admission)
    sorts: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    places: dict[str, int] = field(default_factory=dict)
    matrix: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    gone: set[tuple[str, int]] = field(default_factory=set)

    @property
    def bytes(self) -> int:
        return self.matrix.nbytes + TAG_BYTES * (len(self.tags) + len(self.gone) + 1)

    def make_room(self, more: int, width: int) -> None:
        """Grows by half at least, so that many small writes copy each vector only a few times."""
        wanted = len(self.tags) + more
        if wanted > len(self.matrix):
            grown = np.zeros((max(wanted, len(self.matrix) * 3 // 2), width), np.float32)
            sorts = np.zeros(len(grown), np.int32)
            if self.tags:
                grown[: len(self.tags)] = self.matrix[: len(self.tags)]
                sorts[: len(self.tags)] = self.sorts[: len(self.tags)]
            self.matrix, self.sorts = grown, sorts

    def add(self, name: str, tag: VectorTag, vector: NDArray[np.float32]) -> None:
        at = self.places.setdefault(name, len(self.tags))
        if at == len(self.tags):
            self.names.append(name)
            self.tags.append(tag)
            self.sorts[at] = self.admission.get_sort(tag)
        self.matrix[at] = vector

    def remove(self, name: str) -> None:
        """The last one takes its place, and nothing of it stays in memory."""
        at, last = self.places.pop(name, None), len(self.tags) - 1
        if at is None:
            return
        if at != last:
            self.names[at], self.tags[at], self.matrix[at] = self.names[last], self.tags[last], self.matrix[last]
            self.sorts[at] = self.sorts[last]
            self.places[self.names[at]] = at
        self.matrix[last] = 0
        del self.names[last], self.tags[last]

    def tidy(self) -> None:
        """Forgets sorts of vectors that have gone, once they are the most."""
        if self.admission.count > 2 * len(self.tags) + MAX_UNUSED_SORTS:
            self.admission = Admission()
            self.sorts[: len(self.tags)] = [self.admission.get_sort(tag) for tag in self.tags]


class ExactIndex:
    """Tenants' vectors in memory, each as of one ``seq``; past 128 MB the least recently used tenants are let go."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, _TenantVectors] = OrderedDict()
        self._used = 0

    def position(self, tenant: str, generation: int, since: int = 0) -> int:
        """The ``seq`` that is reflected.

        Args:
            tenant: whose vectors.
            generation: which making of the vectors.
            since: only what changed later is kept here; what is kept since another ``seq`` is forgotten.
        """
        held = self._held.get(tenant)
        if held is None or (held.generation, held.since) != (generation, since):
            self.drop(tenant)
            self._held[tenant] = held = _TenantVectors(seq=since, since=since, generation=generation)
            self._used += held.bytes
        self._held.move_to_end(tenant)
        return held.seq

    def forget_position(self, tenant: str) -> None:
        """Nothing: nobody else changes this copy."""

    def note_unchanged(self, tenant: str, upto: int) -> None:
        """Notes that nothing of the tenant changed until ``upto``."""
        self._held[tenant].seq = upto

    def apply(self, tenant: str, changes: IndexChanges) -> None:
        """Brings the tenant's vectors to ``changes.upto``."""
        held = self._held[tenant]
        before = held.bytes
        for name in changes.dropped:
            held.remove(name)
            if held.since:
                row_id, seq, _ = name.split(":")
                held.gone.add((row_id, int(seq)))
        more = sum(len(vectors) for _, vectors in changes.added)
        if more:
            held.make_room(more, changes.added[0][1].shape[1])
        for tag, vectors in changes.added:
            for name, vector in zip(make_vector_ids(tag.row_id, tag.seq, len(vectors)), vectors, strict=True):
                held.add(name, tag, vector)
        held.tidy()
        held.seq = changes.upto
        self._used += held.bytes - before
        while self._used > KEPT_BYTES and len(self._held) > 1:
            self.drop(next(iter(self._held)))

    def drop(self, tenant: str) -> None:
        """Forgets the tenant's vectors; the next search takes them from SQL."""
        held = self._held.pop(tenant, None)
        self._used -= held.bytes if held else 0

    def clear(self) -> None:
        """Forgets every tenant's."""
        self._held.clear()
        self._used = 0

    def count(self, tenant: str) -> int:
        """How many vectors the tenant has here."""
        return len(self._held[tenant].tags)

    def count_held(self, tenant: str) -> int | None:
        """How many vectors the tenant has here, ``None`` when it was not asked for lately."""
        held = self._held.get(tenant)
        return None if held is None else len(held.tags)

    def count_changes(self, tenant: str) -> int:
        """How many versions of rows came or went since ``since``."""
        held = self._held[tenant]
        return len(held.tags) + len(held.gone)

    def has_removals(self, tenant: str) -> bool:
        """Whether any went."""
        return bool(self._held[tenant].gone)

    def drop_outdated(self, tenant: str, hits: Sequence[Hit]) -> list[Hit]:
        """The hits of an index as of ``since``, without those that have gone, or are here, since then."""
        held = self._held[tenant]
        return [
            hit
            for hit in hits
            if (hit.row_id, hit.seq) not in held.gone and f"{hit.row_id}:{hit.seq}:0" not in held.places
        ]

    def nearest(self, scope: Scope, vector: NDArray[np.float32], limit: int) -> list[Hit]:
        """The nearest vectors that the scope admits, best first; equally near ones oldest first."""
        held = self._held[scope.tenant]
        count = len(held.tags)
        at = np.flatnonzero(held.admission.find_admitted(scope)[held.sorts[:count]])
        if not len(at):
            return []
        few = len(at) * COPY_FRACTION < count
        # Not `@`: BLAS divides even small products among threads and, on a busy machine, waits for them for long.
        scores = np.einsum("ij,j->i", held.matrix[at] if few else held.matrix[:count], vector)
        if not few:
            scores = scores[at]
        if limit < len(at):
            near = scores >= np.partition(scores, -limit)[-limit]  # with all that are as near as the last one
            at, scores = at[near], scores[near]
        seqs = [held.tags[one].seq for one in at]
        return [
            Hit(held.tags[at[best]].row_id, seqs[best], float(scores[best]))
            for best in np.lexsort((seqs, -scores))[:limit]
        ]
