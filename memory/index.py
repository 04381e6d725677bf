"""The vector index: Chroma for whoever may write it, exact search in NumPy for every other.

Chroma runs inside the one process that owns the folder, or in a server that all processes use. Whoever searches first
catches up from SQL, so nobody ever sees an old state; where Chroma cannot be used, the vectors in SQL answer exactly.
"""

import logging
import os
import time
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from threading import RLock, Thread
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from ..policies.errors import CountersignError
from .chroma import ChromaIndex, CollectionGone
from .chroma_folder import ChromaFolder
from .chroma_server import ChromaServer, Occupied, SharedChroma
from .exact import ExactIndex
from .marks import Marks
from .records import Changes
from .rows import Rows
from .scope import Scope
from .vectors import Hit, Vectors

if TYPE_CHECKING:
    from chromadb.api import ClientAPI

log = logging.getLogger(__name__)
TRIES = 3
RECORD_EVERY = 64


class Place(Protocol):
    """Where Chroma runs."""

    retry_seconds: float
    """How long after a failure it is not asked again."""
    shared: bool
    """Whether other processes may use it too, each with a connection of its own."""

    @property
    def prefix(self) -> str:
        """Begins the names of the collections."""
        ...

    def connect(self) -> "ClientAPI | None":
        """Chroma, or ``None`` when it is another process's."""
        ...

    def alone(self, tenant: str, /) -> AbstractContextManager[None]:
        """While the block runs, nobody else changes the tenant's collection."""
        ...

    def discard(self) -> None:
        """Gives up what is broken."""
        ...

    def release(self) -> None:
        """Lets others have it."""
        ...


class VectorIndex:
    """Search over a copy of the vectors in SQL.

    Args:
        home: the data folder; an embedded index lives in ``home/index``.
        rows: the source of truth.
        server: the Chroma server to use instead.
    """

    def __init__(self, home: Path, rows: Rows, server: ChromaServer | None = None) -> None:
        self._rows = rows
        self._place: Place = SharedChroma(server, home, rows.engine) if server else ChromaFolder(home)
        self._lock = RLock()
        self._exact_lock = RLock()
        self._exact = ExactIndex()
        self._chroma: ChromaIndex | None = None
        self._pid: int | None = None
        self._checked: set[str] = set()
        self._not_before = 0.0
        self._warming: Thread | None = None

    @property
    def owned(self) -> bool:
        """Whether this process searches in Chroma."""
        return self._chroma is not None and self._pid == os.getpid()

    def nearest(self, scope: Scope, vector: NDArray[np.float32], limit: int, *, unchecked: bool = False) -> list[Hit]:
        """The nearest vectors that the scope admits, best first, as of now.

        Args:
            unchecked: the caller reads every row under the scope anyway, so some hits may be of rows that it does not
                admit; saves a look into SQL.

        Raises:
            EmbedderMismatch: the vectors in SQL are no longer this embedder's.
        """
        warming = self._warming
        if warming is None or not warming.is_alive():
            with self._lock:
                found = self._in_chroma(scope, vector, limit, unchecked)
            if found is not None:
                return found
        with self._exact_lock:
            self._catch_up(self._exact, scope.tenant)
            return self._exact.nearest(scope, vector, limit)

    def warm(self) -> None:
        """Opens Chroma in the background (a second of imports); until it is open, searches are done exactly."""
        if not self.owned and self._warming is None:
            self._warming = Thread(target=self._open, name="memory-index", daemon=True)
            self._warming.start()

    def rebuild(self, tenant: str) -> None:
        """Drops the tenant's vectors, in memory and (where this process may) in Chroma; the next search takes them
        from SQL."""
        with self._exact_lock:
            self._exact.drop(tenant)
        with self._lock:
            index = self._open()
            if index is not None:
                try:
                    index.drop(tenant)
                except Exception:  # noqa: BLE001 - the vectors are dropped one by one when it answers again
                    self._fail("The vector index failed; what was erased leaves it when it answers again.")

    def close(self) -> None:
        """Gives up Chroma, so that another process may own it."""
        if self._warming is not None:
            self._warming.join()
        with self._lock:
            if self.owned and self._chroma is not None:
                self._chroma.close()
            if self._pid in (None, os.getpid()):
                self._place.release()
            self._chroma = None
            self._checked.clear()

    def _in_chroma(self, scope: Scope, vector: NDArray[np.float32], limit: int, unchecked: bool) -> list[Hit] | None:
        """What Chroma finds, or ``None`` when it cannot be used now."""
        for _ in range(TRIES):
            index = self._open()
            if index is None:
                return None
            try:
                self._catch_up(index, scope.tenant)
                if unchecked:
                    return index.near(scope.tenant, vector, limit)
                return self._admitted(index, scope, vector, limit)
            except CollectionGone:  # another process erased or embedded anew
                index.look_again(scope.tenant)
                self._checked.discard(scope.tenant)
            except Occupied:
                return None
            except CountersignError:
                raise
            except Exception:  # noqa: BLE001 - whatever Chroma raises, the vectors in SQL still answer
                self._fail("The vector index failed; the vectors in SQL answer.")
                return None
        return None

    def _admitted(self, index: ChromaIndex, scope: Scope, vector: NDArray[np.float32], limit: int) -> list[Hit]:
        # Chroma's filter costs several times the search, and most hits pass it: look without it first.
        asked = limit + limit // 2
        hits = index.near(scope.tenant, vector, asked)
        admitted = self._rows.admitted(list({hit.row_id for hit in hits}), scope)
        kept = [hit for hit in hits if hit.row_id in admitted]
        if len(kept) >= limit or len(hits) < asked:
            return kept[:limit]
        return index.near(scope.tenant, vector, limit, scope.where())

    def _open(self) -> ChromaIndex | None:
        with self._lock:
            if self._chroma is not None and not self.owned:
                # After a fork the connection and the folder belong to the parent.
                if not self._place.shared:
                    return None
                self._chroma = None
                self._checked.clear()
            if self._chroma is None:
                if time.monotonic() < self._not_before:
                    return None
                try:
                    client = self._place.connect()
                    if client is None:
                        return None
                    self._chroma = ChromaIndex(
                        client,
                        self._rows.embedder,
                        Marks(self._rows.engine),
                        self._place.prefix,
                        1 if self._place.shared else RECORD_EVERY,
                    )
                except CountersignError as error:
                    self._fail(f"The vector index cannot be opened: {error}", trace=False)
                    return None
                except Exception as error:  # noqa: BLE001 - a full disk, a server that is down: SQL answers
                    self._fail(f"The vector index cannot be opened ({error}); searching without it.", trace=False)
                    return None
                self._pid = os.getpid()
            return self._chroma

    def _fail(self, what: str, *, trace: bool = True) -> None:
        log.warning(what, exc_info=trace)
        if self._chroma is not None:
            with suppress(Exception):
                self._chroma.close()
            self._place.discard()
        self._chroma = None
        self._checked.clear()
        self._not_before = time.monotonic() + self._place.retry_seconds

    def _catch_up(self, index: Vectors, tenant: str) -> None:
        state = self._rows.state()
        position = index.position(tenant, state.generation)
        checked = index is not self._chroma or tenant in self._checked
        if position == state.seq and checked:
            return
        if position < state.seq and checked:
            changes = self._missing(index, tenant, position, state.seq)
            if not changes.added and not changes.dropped:
                index.passed(tenant, state.seq)
                return
        if index is not self._chroma:
            self._bring(index, tenant)
            return
        with self._place.alone(tenant):
            if self._place.shared:
                index.look_again(tenant)
            self._bring(index, tenant)
            if tenant not in self._checked:
                self._check(index, tenant)

    def _bring(self, index: Vectors, tenant: str) -> None:
        """Applies what is missing; nobody else does so meanwhile."""
        state = self._rows.state()
        position = index.position(tenant, state.generation)
        if position > state.seq:  # the database was restored from an older copy
            index.drop(tenant)
            position = index.position(tenant, state.generation)
        if position < state.seq:
            changes = self._missing(index, tenant, position, state.seq)
            if changes.added or changes.dropped:
                index.apply(tenant, changes)
            else:
                index.passed(tenant, state.seq)

    def _missing(self, index: Vectors, tenant: str, since: int, upto: int) -> Changes:
        # A process that died in its very first change may have left something at position 0.
        return self._rows.changes(tenant, since, upto, drops=since > 0 or index.count(tenant) > 0)

    def _check(self, index: Vectors, tenant: str) -> None:
        """Once per opening: an index that lost vectors (a power cut, a restored backup) is made again."""
        state = self._rows.state()
        expected = self._rows.vector_count(tenant)
        if self._rows.state().seq != state.seq or index.position(tenant, state.generation) != state.seq:
            return  # somebody wrote meanwhile; the next search checks
        if index.count(tenant) != expected:
            index.drop(tenant)
            self._bring(index, tenant)
        self._checked.add(tenant)
