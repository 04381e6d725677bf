"""The change feed tells an index what happened to a tenant's vectors in SQL."""

import numpy as np
from sqlalchemy import func, select

from ...policies.storage.database import begin_read
from ..records.row_store import RowStore
from ..records.rows import IndexChanges, MemoryState, make_vector_ids
from ..records.scope import VectorTag, decode_namespace
from ..records.tables import rows, tombstones
from .port import IndexBackend


class ChangeFeed:
    """The changes, in the order of their ``seq``.

    Args:
        store: the source of truth.
    """

    def __init__(self, store: RowStore) -> None:
        self._rows = store

    def state(self) -> MemoryState:
        """Where memory stands now.

        Raises:
            EmbedderMismatch: the vectors in SQL are no longer this embedder's.
        """
        return self._rows.state()

    def find_seq_after(self, tenant: str, since: int, count: int) -> int | None:
        """The ``seq`` of the tenant's ``count``-th row that changed after ``since``; ``None`` when there are fewer."""
        query = select(rows.c.seq).where(rows.c.tenant == tenant, rows.c.seq > since).order_by(rows.c.seq)
        with begin_read(self._rows.engine) as connection:
            found = connection.scalar(query.offset(count - 1).limit(1)) if count > 0 else 0
        return None if found is None else int(found)

    def reaches(self, count: int) -> bool:
        """Whether all tenants together have so many rows."""
        query = select(rows.c.n).order_by(rows.c.n).offset(max(count - 1, 0)).limit(1)
        with begin_read(self._rows.engine) as connection:
            return count == 0 or connection.scalar(query) is not None

    def changes(self, tenant: str, since: int, upto: int, *, drops: bool = True) -> IndexChanges:
        """What happened after ``since`` and until ``upto``.

        Args:
            tenant: whose vectors.
            since: what the index reflects.
            upto: what it is to reflect.
            drops: whether to say what has gone; an index that holds nothing need not know.
        """
        span = (rows.c.tenant == tenant, rows.c.seq > since, rows.c.seq <= upto, rows.c.vectors > 0)
        columns = (rows.c[name] for name in ("id", "seq", "namespace", "kind", "visibility", "provenance", "embedding"))
        gone = select(*tombstones.c["row_id", "row_seq", "vectors"]).where(
            tombstones.c.tenant == tenant, tombstones.c.seq > since, tombstones.c.seq <= upto
        )
        with begin_read(self._rows.engine) as connection:
            # Tombstones first: a row that changes in between is seen as added and again at the next call.
            dropped = [
                name
                for found in (connection.execute(gone) if drops else ())
                for name in make_vector_ids(found[0], found[1], found[2])
            ]
            added = [
                (
                    VectorTag(found[0], found[1], decode_namespace(found[2]), *found[3:6]),
                    np.frombuffer(found[6], np.float32).reshape(-1, self._rows.dimensions),
                )
                for found in connection.execute(select(*columns).where(*span).order_by(rows.c.seq))
            ]
        return IndexChanges(upto, dropped, added)

    def vector_count(self, tenant: str) -> int:
        """How many vectors a tenant has."""
        query = select(func.coalesce(func.sum(rows.c.vectors), 0)).where(rows.c.tenant == tenant)
        with begin_read(self._rows.engine) as connection:
            return int(connection.scalar(query) or 0)

    def sync(self, index: IndexBackend, tenant: str, step: int | None = None) -> bool:
        """Tells an index what it is missing; nobody else does so meanwhile.

        Args:
            index: the index.
            tenant: whose vectors.
            step: at most so many rows.

        Returns:
            Whether it reflects everything now.
        """
        state = self.state()
        position = index.position(tenant, state.generation)
        if position > state.seq:  # the database was restored from an older copy
            index.drop(tenant)
            position = index.position(tenant, state.generation)
        if position == state.seq:
            return True
        upto = (self.find_seq_after(tenant, position, step) if step else None) or state.seq
        self.sync_to(index, tenant, position, upto)
        return upto == state.seq

    def sync_to(self, index: IndexBackend, tenant: str, position: int, upto: int) -> None:
        """Tells an index that is at ``position`` what happened until ``upto``."""
        # A process that died in its very first change may have left something at position 0.
        changes = self.changes(tenant, position, upto, drops=position > 0 or index.count(tenant) > 0)
        if changes.added or changes.dropped:
            index.apply(tenant, changes)
        else:
            index.note_unchanged(tenant, upto)
