"""The vector index: Chroma for the one process that owns the folder, exact search in NumPy for every other.

Several processes writing one Chroma folder lose vectors, so a file lock decides who owns it. Whoever searches first
catches up from SQL, so nobody ever sees an old state, and nobody is ever refused for want of the lock.
"""

import logging
import os
import shutil
from pathlib import Path
from threading import RLock, Thread

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from ..policies.errors import CountersignError
from .chroma import ChromaIndex
from .exact import ExactIndex
from .rows import Rows
from .scope import Scope
from .vectors import Hit, Vectors

log = logging.getLogger(__name__)

FOLDER, LOCK = "index", "index.lock"


class VectorIndex:
    """Search over a copy of the vectors in SQL.

    Args:
        home: the data folder; the index lives in ``home/index``.
        rows: the source of truth.
    """

    def __init__(self, home: Path, rows: Rows) -> None:
        self._folder = home / FOLDER
        self._rows = rows
        self._file_lock = FileLock(home / LOCK, thread_local=False)
        self._lock = RLock()
        self._exact_lock = RLock()
        self._exact = ExactIndex()
        self._chroma: ChromaIndex | None = None
        self._owner_pid: int | None = None
        self._checked: set[str] = set()
        self._warming: Thread | None = None

    @property
    def owned(self) -> bool:
        """Whether this process searches in Chroma."""
        return self._chroma is not None and self._owner_pid == os.getpid()

    def nearest(self, scope: Scope, vector: NDArray[np.float32], limit: int) -> list[Hit]:
        """The nearest vectors that the scope admits, best first, as of now.

        Raises:
            EmbedderMismatch: the vectors in SQL are no longer this embedder's.
        """
        warming = self._warming
        if warming is None or not warming.is_alive():
            with self._lock:
                index = self._open()
                if isinstance(index, ChromaIndex):
                    try:
                        self._catch_up(index, scope.tenant)
                        return index.nearest(scope, vector, limit)
                    except CountersignError:
                        raise
                    except Exception:  # whatever Chroma raises, the vectors in SQL still answer
                        log.warning("The vector index failed; it is made again from SQL.", exc_info=True)
                        self._discard()
        with self._exact_lock:
            self._catch_up(self._exact, scope.tenant)
            return self._exact.nearest(scope, vector, limit)

    def warm(self) -> None:
        """Opens Chroma in the background (a second of imports); until it is open, searches are done exactly."""
        if not self.owned and self._warming is None:
            self._warming = Thread(target=self._open, name="memory-index", daemon=True)
            self._warming.start()

    def rebuild(self, tenant: str) -> None:
        """Drops the tenant's vectors, in memory and (for the owner) in Chroma; the next search takes them from SQL."""
        with self._exact_lock:
            self._exact.drop(tenant)
        with self._lock:
            index = self._open()
            index.drop(tenant)

    def close(self) -> None:
        """Gives up the folder, so that another process may own it."""
        if self._warming is not None:
            self._warming.join()
        with self._lock:
            if self.owned and self._chroma is not None:
                self._chroma.close()
            if self._file_lock.is_locked and self._owner_pid == os.getpid():
                self._file_lock.release()
            self._chroma = None
            self._checked.clear()

    def _open(self) -> Vectors:
        with self._lock:
            if self._chroma is None:
                try:
                    if not self._file_lock.is_locked:
                        self._file_lock.acquire(timeout=0)
                except (Timeout, OSError):
                    return self._exact
                try:
                    self._chroma = ChromaIndex(self._folder, self._rows.embedder)
                except Exception as error:  # noqa: BLE001 - a full disk, a broken Chroma: the vectors in SQL answer
                    log.warning("The vector index cannot be opened (%s); searching without it.", error)
                    self._file_lock.release()
                    return self._exact
                self._owner_pid = os.getpid()
            # After a fork the lock's file is shared, but the folder belongs to the parent alone.
            return self._chroma if self.owned else self._exact

    def _discard(self) -> None:
        """Gives up a broken Chroma folder, keeping the lock; the next search starts with an empty one."""
        self._chroma = None
        self._checked.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _catch_up(self, index: Vectors, tenant: str) -> None:
        state = self._rows.state()
        position = index.position(tenant, state.generation)
        if position > state.seq:  # the database was restored from an older copy
            index.drop(tenant)
            position = index.position(tenant, state.generation)
        if position < state.seq:
            index.apply(tenant, self._rows.changes(tenant, position, state.seq))
        if index is self._chroma and tenant not in self._checked:
            # Once per opening: a folder that lost vectors (a power cut, a restored backup) is made again.
            expected = self._rows.vector_count(tenant)
            if self._rows.state().seq != state.seq:
                return  # somebody wrote meanwhile; the next search checks
            if index.count(tenant) != expected:
                index.drop(tenant)
                index.position(tenant, state.generation)
                index.apply(tenant, self._rows.changes(tenant, 0, state.seq))
            self._checked.add(tenant)
