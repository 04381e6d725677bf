"""The vector index uses Chroma for large tenants, and exact search in NumPy for all that Chroma does not answer.

Exact search finds everything and, below some ten thousand vectors, is the faster. Chroma runs inside the one process
that owns the folder, or in a server that all processes use. It is told of changes many at a time; what it was not told
yet is searched exactly, and the two are searched as one. Whoever searches first catches up from SQL, so nobody ever
sees an old state.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import RLock, Thread
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...policies.errors import CountersignError
from ..records.row_store import RowStore
from ..records.scope import Scope
from .change_feed import ChangeFeed
from .chroma import ChromaIndex, CollectionGone
from .chroma_connection import ChromaConnection, ChromaPlace
from .chroma_embedded import ChromaFolder
from .chroma_server import ChromaServer, IndexOccupied, SharedChroma
from .exact import ExactIndex
from .port import Hit


@dataclass(frozen=True, slots=True)
class ChromaWithUnindexed:
    """Chroma as of one ``seq``, and exactly what changed since.

    Attributes:
        index: Chroma.
        unindexed: the changes that it was not told.
    """

    index: ChromaIndex
    unindexed: ExactIndex

    def find_admitted(self, rows: RowStore, scope: Scope, vector: NDArray[np.float32], limit: int) -> list[Hit]:
        """The nearest vectors of rows that the scope admits, best first."""
        # Chroma's filter costs several times the search, and most hits pass it: look without it first.
        asked = limit + limit // 2
        hits = self.find_nearest(scope, vector, asked)
        admitted = rows.find_admitted(list({hit.row_id for hit in hits}), scope)
        kept = [hit for hit in hits if hit.row_id in admitted]
        if len(kept) >= limit or len(hits) < asked:
            return kept[:limit]
        return self.find_nearest(scope, vector, limit, scope.where())

    def find_nearest(
        self, scope: Scope, vector: NDArray[np.float32], limit: int, where: dict[str, Any] | None = None
    ) -> list[Hit]:
        """The nearest vectors of the tenant, best first; some may be of rows that the scope does not admit."""
        hits = self.index.find_nearest(scope.tenant, vector, limit, where)
        changed = self.unindexed.count_changes(scope.tenant)
        if not changed:
            return hits
        kept = self.unindexed.drop_outdated(scope.tenant, hits)
        if len(kept) < limit == len(hits):
            kept = self.unindexed.drop_outdated(
                scope.tenant, self.index.find_nearest(scope.tenant, vector, limit + changed, where)
            )
        found = [*kept, *self.unindexed.nearest(scope, vector, limit)]
        return sorted(found, key=lambda hit: -hit.similarity)[:limit]


log = logging.getLogger(__name__)
TRIES = 3
PAUSE = 0.005  # seconds between steps, in which a search that waits gets its turn
AT_ONCE = 4096  # rows that are read from SQL in one go: what memory they take is not given back


@dataclass(frozen=True, slots=True)
class IndexLimits:
    """When Chroma is used; measured by ``benchmarks/memory_scale.py``.

    Attributes:
        exact_below: a tenant with fewer rows is searched exactly, and Chroma holds nothing of it.
        tail: so many changes wait beside Chroma until it is told of them.
        at_once: when Chroma is further behind it catches up in the background, so many rows at a time, and searches
            are exact meanwhile.
    """

    exact_below: int = 32_768
    tail: int = 64
    at_once: int = 512


INDEX_LIMITS = IndexLimits()


class VectorIndex:
    """Search over a copy of the vectors in SQL.

    Args:
        home: the data folder; an embedded index lives in ``home/index``.
        rows: the source of truth.
        server: the Chroma server to use instead.
        limits: when Chroma is used.
    """

    def __init__(
        self, home: Path, rows: RowStore, server: ChromaServer | None = None, limits: IndexLimits = INDEX_LIMITS
    ) -> None:
        self._rows = rows
        self._feed = ChangeFeed(rows)
        self._limits = limits
        self._place: ChromaPlace = SharedChroma(server, home, rows.engine) if server else ChromaFolder(home)
        self._lock = RLock()
        self._exact_lock = RLock()
        self._exact = ExactIndex()
        self._tails = ExactIndex()
        self._checked: set[str] = set()
        self._door = ChromaConnection(self._place, rows, self._forget_checks)
        self._warming: Thread | None = None
        self._settling: Thread | None = None
        self._closing = False

    @property
    def owned(self) -> bool:
        """Whether this process searches in Chroma."""
        return self._door.owned

    def nearest(self, scope: Scope, vector: NDArray[np.float32], limit: int, *, unchecked: bool = False) -> list[Hit]:
        """The nearest vectors that the scope admits, best first, as of now.

        Args:
            scope: limits of the search.
            vector: what is sought, of unit length.
            limit: how many.
            unchecked: the caller reads every row under the scope anyway, so some hits may be of rows that it does not
                admit; saves a look into SQL.

        Raises:
            EmbedderMismatch: the vectors in SQL are no longer this embedder's.
        """
        if self._is_large(scope.tenant):
            copied = (
                self._exact.count_held(scope.tenant) is not None
            )  # Chroma catches up; nobody waits for a step of that
            if self._lock.acquire(blocking=not copied):
                try:
                    found = self._in_chroma(scope, vector, limit, unchecked)
                finally:
                    self._lock.release()
                if found is not None:
                    if copied:
                        with self._exact_lock:
                            self._exact.drop(scope.tenant)
                    return found
        with self._exact_lock:
            if self._exact.count_held(scope.tenant) is None and self._door.may_hold(scope.tenant):
                self._soon(self._leave, scope.tenant)
            while not self._feed.sync(self._exact, scope.tenant, AT_ONCE):
                pass
            return self._exact.nearest(scope, vector, limit)

    def warm(self) -> None:
        """Opens Chroma in the background (a second of imports); until it is open, searches are done exactly.

        Nothing while no tenant can be large enough for Chroma.
        """
        if not self.owned and self._warming is None and self._feed.reaches(self._limits.exact_below):
            self._warming = Thread(target=self._open, name="memory-index", daemon=True)
            self._warming.start()

    def settle(self, tenant: str) -> bool:
        """Tells Chroma all that it was not told yet, in steps; searches go on meanwhile.

        Returns:
            Whether Chroma reflects everything now; not when it cannot be used, or the index was closed.
        """
        while not self._closing:
            with self._lock:
                index = self._open()
                if index is None:
                    return False
                try:
                    if self._step(index, tenant):
                        return True
                except CollectionGone:  # another process erased or embedded anew
                    index.forget_position(tenant)
                except IndexOccupied:
                    return False
                except CountersignError:
                    raise
                except Exception as error:  # noqa: BLE001 - whatever Chroma raises, the vectors in SQL still answer
                    self._door.fail(error, "the vectors in SQL answer")
                    return False
            time.sleep(PAUSE)
        return False

    def rebuild(self, tenant: str) -> bool:
        """Drops the tenant's vectors, in memory and (where this process may) in Chroma.

        The next search takes them from SQL. A folder of Chroma's goes as a whole, with every tenant's vectors: what is
        only deleted inside it stays readable in its files.

        Returns:
            Whether no file of Chroma's can hold their numbers any more: not a server's, nor another process's.
        """
        with self._exact_lock:
            self._exact.drop(tenant)
        with self._lock:
            self._tails.drop(tenant)
            if self._door.wipe():
                return True
            held = not self._place.shared or self._door.may_hold(tenant)
            index = self._open()
            if index is not None:
                try:
                    index.drop(tenant)
                except Exception as error:  # noqa: BLE001 - the vectors are dropped one by one when it answers again
                    self._door.fail(error, "what was erased leaves it when it answers again")
            return not held

    def close(self) -> None:
        """Gives up Chroma, so that another process may own it."""
        self._closing = True
        for thread in (self._warming, self._settling):
            if thread is not None:
                thread.join()
        with self._lock:
            self._door.close()
        self._closing = False

    def _is_large(self, tenant: str) -> bool:
        """Whether the tenant is one for Chroma, and Chroma is not just being opened."""
        if self._warming is not None and self._warming.is_alive():
            return False
        if tenant in self._checked:
            return True
        held, least = self._exact.count_held(tenant), self._limits.exact_below
        return self._feed.find_seq_after(tenant, 0, least) is not None if held is None else held >= least

    def _in_chroma(self, scope: Scope, vector: NDArray[np.float32], limit: int, unchecked: bool) -> list[Hit] | None:
        """What Chroma and what it was not told yet have, or ``None`` when it cannot be used now."""
        for _ in range(TRIES):
            index = self._open()
            if index is None:
                return None
            try:
                if not self._follow(index, scope.tenant):
                    return None
                tailed = ChromaWithUnindexed(index, self._tails)
                if unchecked:
                    return tailed.find_nearest(scope, vector, limit)
                return tailed.find_admitted(self._rows, scope, vector, limit)
            except CollectionGone:  # another process erased or embedded anew
                index.forget_position(scope.tenant)
                self._checked.discard(scope.tenant)
                if not self._is_large(scope.tenant):  # or found that the tenant has become small
                    return None
            except IndexOccupied:
                return None
            except CountersignError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever Chroma raises, the vectors in SQL still answer
                self._door.fail(error, "the vectors in SQL answer")
                return None
        return None

    def _follow(self, index: ChromaIndex, tenant: str) -> bool:
        """Knows of every change, in Chroma or beside it; otherwise Chroma is too far behind."""
        state, limits = self._feed.state(), self._limits
        told = index.position(tenant, state.generation)
        if tenant in self._checked and told <= state.seq:
            known = self._tails.position(tenant, state.generation, told)
            if known == state.seq:
                return True
            if self._feed.find_seq_after(tenant, known, limits.tail + 1) is None:
                self._feed.sync_to(self._tails, tenant, known, state.seq)
                if self._tails.count_changes(tenant) <= limits.tail:
                    if self._tails.has_removals(tenant):  # must not stay in Chroma until much else has changed
                        self._soon(self._settle, tenant)
                    return True
        while self._feed.find_seq_after(tenant, min(told, state.seq), limits.at_once) is None:
            whole = self._step(index, tenant)
            told = index.position(tenant, state.generation)
            if whole:
                self._tails.position(tenant, state.generation, told)
                return True
        self._soon(self._settle, tenant)
        return False

    def _soon(self, work: Callable[[str], None], tenant: str) -> None:
        if not self._closing and (self._settling is None or not self._settling.is_alive()):
            self._settling = Thread(target=work, args=(tenant,), name="memory-settling", daemon=True)
            self._settling.start()

    def _leave(self, tenant: str) -> None:
        """Removes from Chroma what a tenant left there that has become small; nobody would ever search it."""
        with self._lock:
            least = self._limits.exact_below
            if tenant not in self._checked and self._feed.find_seq_after(tenant, 0, least) is None:
                self._door.remove_tenant(tenant, last=not self._feed.reaches(least))

    def _settle(self, tenant: str) -> None:
        try:
            self.settle(tenant)
        except CountersignError as error:  # whoever searches next hears it
            log.info("The vector index was not brought up to date: %s", error)

    def _step(self, index: ChromaIndex, tenant: str) -> bool:
        """One step further; whether that was the last."""
        with self._place.lock_tenant(tenant):
            if self._place.shared:
                index.forget_position(tenant)
            if not self._feed.sync(index, tenant, self._limits.at_once):
                return False
            return tenant in self._checked or self._check(index, tenant)

    def _check(self, index: ChromaIndex, tenant: str) -> bool:
        """Once per opening: an index that lost vectors (a power cut, a restored backup) is made again."""
        state = self._feed.state()
        expected = self._feed.vector_count(tenant)
        if self._feed.state().seq != state.seq or index.position(tenant, state.generation) != state.seq:
            return True  # somebody wrote meanwhile; the next search checks
        self._checked.add(tenant)
        if index.count(tenant) != expected:
            index.drop(tenant)
            return False
        return True

    def _open(self) -> ChromaIndex | None:
        with self._lock:
            return self._door.open()

    def _forget_checks(self) -> None:
        self._checked.clear()
        self._tails.clear()
