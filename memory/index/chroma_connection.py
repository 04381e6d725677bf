"""The connection opens Chroma, wherever it runs, and does without it for a while when it fails."""

import logging
import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import TYPE_CHECKING, Protocol

from ...policies.errors import CountersignError
from ..records.row_store import RowStore
from .chroma import ChromaIndex
from .sync_marks import SyncMarks

if TYPE_CHECKING:
    from chromadb.api import ClientAPI

log = logging.getLogger(__name__)
RECORD_EVERY = 64


class ChromaPlace(Protocol):
    """Where Chroma runs."""

    retry_seconds: float
    """How long after a failure it is not asked again."""
    shared: bool
    """Whether other processes may use it too, each with a connection of its own."""

    @property
    def prefix(self) -> str:
        """Begins the names of the collections."""
        ...

    @property
    def empty(self) -> bool:
        """Whether nothing can be there."""
        ...

    def connect(self) -> "ClientAPI | None":
        """Chroma, or ``None`` when it is another process's."""
        ...

    def take(self) -> bool:
        """Makes its files this process's own, to delete them; ``False`` when they are not."""
        ...

    def lock_tenant(self, tenant: str, /) -> AbstractContextManager[None]:
        """While the block runs, nobody else changes the tenant's collection."""
        ...

    def discard(self) -> None:
        """Gives up what is broken."""
        ...

    def release(self) -> None:
        """Lets others have it."""
        ...


class ChromaConnection:
    """Chroma as long as it answers; its caller sees to it that one thread at a time comes here.

    Args:
        place: where Chroma runs.
        rows: the source of truth.
        forget: told when what was known of Chroma no longer holds.
    """

    def __init__(self, place: ChromaPlace, rows: RowStore, forget: Callable[[], None]) -> None:
        self._place = place
        self._rows = rows
        self._forget = forget
        self._not_before = 0.0
        self._pid: int | None = None
        self.chroma: ChromaIndex | None = None

    @property
    def owned(self) -> bool:
        """Whether this process has Chroma open."""
        return self.chroma is not None and self._pid == os.getpid()

    def open(self) -> ChromaIndex | None:
        """Chroma, or ``None`` while it cannot be used."""
        if self.chroma is not None and not self.owned:
            # After a fork the connection and the folder belong to the parent.
            if not self._place.shared:
                return None
            self.chroma = None
            self._forget()
        if self.chroma is None and time.monotonic() >= self._not_before:
            try:
                client = self._place.connect()
                if client is None:
                    return None
                every = 1 if self._place.shared else RECORD_EVERY
                marks = SyncMarks(self._rows.engine)
                self.chroma = ChromaIndex(client, self._rows.embedder, marks, self._place.prefix, every)
                self._pid = os.getpid()
            except Exception as error:  # noqa: BLE001 - a full disk, a server that is down: SQL answers
                self.fail(error, "searching without it")
        return self.chroma

    def wipe(self) -> bool:
        """Deletes all of Chroma's files, where they are this process's; whether there are none now."""
        if self._place.empty:
            return True
        if (self.chroma is not None and not self.owned) or not self._place.take():
            return False
        self._give_up()
        self._place.discard()
        self._place.release()
        return True

    def may_hold(self, tenant: str) -> bool:
        """Whether Chroma may hold something of the tenant."""
        return bool(SyncMarks(self._rows.engine).read_known(tenant))

    def remove_tenant(self, tenant: str, *, last: bool) -> None:
        """Removes the tenant from Chroma, if that answers.

        Args:
            last: no other tenant needs Chroma either.
        """
        if not (last and self.wipe()):
            chroma = self.open()
            if chroma is None:
                return
            try:
                chroma.drop(tenant)
            except Exception as error:  # noqa: BLE001 - whatever Chroma raises, another process tries again
                self.fail(error, "what a tenant left there stays for now")
                return
        SyncMarks(self._rows.engine).forget(tenant)

    def fail(self, error: Exception, so: str) -> None:
        """Says so, gives up what is broken, and leaves Chroma alone for a while."""
        cause = str(error) if isinstance(error, CountersignError) else f"{type(error).__name__}: {error}"
        log.warning("The vector index cannot be used: %s (%s)", so, " ".join(cause.split()))
        log.debug("The cause:", exc_info=error)
        if self.chroma is not None:
            self._give_up()
            self._place.discard()
        self._not_before = time.monotonic() + self._place.retry_seconds

    def _give_up(self) -> None:
        if self.chroma is not None:
            with suppress(Exception):
                self.chroma.release()
        self.chroma = None
        self._forget()

    def close(self) -> None:
        """Lets another process have it."""
        if self.owned and self.chroma is not None:
            self.chroma.close()
        if self._pid in (None, os.getpid()):
            self._place.release()
        self.chroma = None
        self._forget()
