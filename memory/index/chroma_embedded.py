"""Embedded Chroma runs in a folder that one process owns.

Several processes writing one Chroma folder lose vectors, so a file lock decides who owns it.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from filelock import FileLock, Timeout

from ...policies.errors import StorageError

if TYPE_CHECKING:
    from chromadb.api import ClientAPI

FOLDER, LOCK = "index", "index.lock"


class ChromaFolder:
    """Chroma inside this process.

    Args:
        home: the data folder; the index lives in ``home/index``. Everything in it can be made again from SQL.
    """

    prefix = ""
    retry_seconds = 0.0
    shared = False

    def __init__(self, home: Path) -> None:
        self._folder = home / FOLDER
        self._lock = FileLock(home / LOCK, thread_local=False)

    @property
    def empty(self) -> bool:
        """Whether there is no folder yet."""
        return not self._folder.exists()

    def connect(self) -> "ClientAPI | None":
        """Chroma, or ``None`` while another process owns the folder.

        Raises:
            StorageError: the folder cannot be made; whatever Chroma raises is passed on.
        """
        if not self.take():
            return None
        try:
            return self._connect()
        except BaseException:
            self._lock.release()
            raise

    def take(self) -> bool:
        """Makes the folder this process's own; ``False`` while it is another's."""
        try:
            if not self._lock.is_locked:
                self._lock.acquire(timeout=0)
        except (Timeout, OSError):
            return False
        return True

    @contextmanager
    def lock_tenant(self, _tenant: str) -> Iterator[None]:
        """Nobody else writes here: the folder is this process's."""
        yield

    def discard(self) -> None:
        """Gives up a broken folder, keeping the lock; the next search starts with an empty one."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def release(self) -> None:
        """Lets another process own the folder."""
        if self._lock.is_locked:
            self._lock.release()

    def _connect(self) -> "ClientAPI":
        inside = sorted(self._folder.glob("chroma-*"))
        try:
            return _open(inside[0] if len(inside) == 1 else _make_fresh_folder(self._folder))
        except Exception:  # noqa: BLE001 - Chroma raises many kinds; a folder that does not open is made anew from SQL
            # Under a new name, because Chroma remembers per path that this process has it open.
            return _open(_make_fresh_folder(self._folder))


def _make_fresh_folder(folder: Path) -> Path:
    """An empty folder for a new database, the only one there."""
    shutil.rmtree(folder, ignore_errors=True)
    place = folder / f"chroma-{uuid4().hex[:8]}"
    try:
        place.mkdir(parents=True)
    except OSError as error:
        raise StorageError(
            f"The vector index in {folder} cannot be made: {error.strerror}. Make the folder writable, or set "
            "COUNTERSIGN_HOME to one that is."
        ) from error
    return place


def _open(folder: Path) -> "ClientAPI":
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(folder, settings=Settings(anonymized_telemetry=False))
