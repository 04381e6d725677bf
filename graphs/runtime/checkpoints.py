"""Checkpoints of open runs are kept in one SQLite file; what any place for them offers is said here.

LangGraph's synchronous saver on a local file costs half of what the asynchronous one does (its thread hops cost more
than the disk), so it is called directly from the event loop. What is read back is plain data that this installation
wrote: the serializer refuses everything else.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)
from langgraph.checkpoint.serde.types import RESUME
from langgraph.checkpoint.sqlite import SqliteSaver

from ...policies.errors import StorageError
from ...policies.storage.database import BUSY_SECONDS
from .checkpoint_seals import LOCAL_TABLES, SealedSerializer, compute_checkpoint_seal


class Checkpoints(Protocol):
    """Where the checkpoints of open runs are, as far as a session cares."""

    entered: set[str]
    """The runs that this process writes checkpoints of, after it made sure that it may."""

    def threads(self) -> list[str]:
        """The ids of all runs that have checkpoints."""
        ...

    def delete_thread(self, thread_id: str) -> None:
        """Deletes all checkpoints of a run.

        Raises:
            StorageError: they cannot be deleted.
        """
        ...

    def seal(self, thread_id: str) -> str:
        """A hash over all that is kept of a run; empty when nothing is."""
        ...

    def check(self) -> None:
        """Reads everything.

        Raises:
            Tampered: something was changed.
        """
        ...

    def close(self) -> None:
        """Lets go of the file or the connections."""
        ...


class BlockingSaver(BaseCheckpointSaver[str]):
    """A synchronous saver whose asynchronous methods call the synchronous ones.

    Attributes:
        enter: asked before the first checkpoint of a run is written by this process; raises when it must not be. So
            also a client that resumes the graph by itself finds what the run left, or is refused.
        entered: the runs for which it was asked.
    """

    enter: Callable[[str], None] | None = None
    entered: set[str]

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Keeps a checkpoint.

        Raises:
            Tampered: those that the run left were changed.
        """
        self._enter(config)
        return super().put(config, checkpoint, metadata, new_versions)

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Keeps what a task has written, but no answer: it counts for the resumption that brought it and for no other.

        LangGraph would keep an answer without a name until some pause takes it, in whoever's name that is resumed.

        Raises:
            Tampered: the checkpoints that the run left were changed.
        """
        kept = [(channel, value) for channel, value in writes if channel != RESUME]
        if kept:
            self._enter(config)
            super().put_writes(config, kept, task_id, task_path)

    def _enter(self, config: RunnableConfig) -> None:
        run_id = str(config["configurable"]["thread_id"])
        if self.enter is not None and run_id not in self.entered:
            self.enter(run_id)
            self.entered.add(run_id)

    def check(self) -> None:
        """Reads everything.

        Raises:
            Tampered: something was changed.
        """
        for _ in self.list(None):
            pass

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """See ``get_tuple``."""
        return self.get_tuple(config)

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """See ``list``."""
        for item in self.list(config, filter=filter, before=before, limit=limit):
            yield item

    async def aput(
        self, config: RunnableConfig, checkpoint: Checkpoint, metadata: CheckpointMetadata, versions: ChannelVersions
    ) -> RunnableConfig:
        """See ``put``."""
        return self.put(config, checkpoint, metadata, versions)

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """See ``put_writes``."""
        self.put_writes(config, writes, task_id, task_path)

    async def adelete_thread(self, thread_id: str) -> None:
        """See ``delete_thread``."""
        await asyncio.sleep(0)
        self.delete_thread(thread_id)


class LocalSaver(BlockingSaver, SqliteSaver):
    """LangGraph's SQLite saver with its asynchronous methods calling the synchronous ones."""

    def threads(self) -> list[str]:
        """The ids of all runs that have checkpoints."""
        with self.cursor(transaction=False) as cursor:
            return [row[0] for row in cursor.execute("SELECT DISTINCT thread_id FROM checkpoints")]

    def delete_thread(self, thread_id: str) -> None:
        """Deletes all checkpoints of a run, also from the bytes of the file and of its log.

        Raises:
            StorageError: the file cannot be written.
        """
        try:
            super().delete_thread(thread_id)
            self._empty_log()
        except sqlite3.Error as error:
            raise StorageError(f"The checkpoints of {thread_id} cannot be deleted: {error}. Check the disk.") from error

    def seal(self, thread_id: str) -> str:
        """A hash over all that is kept of a run; empty when nothing is."""
        with self.cursor(transaction=False) as cursor:
            return compute_checkpoint_seal(
                {
                    table: cursor.execute(
                        f"SELECT {columns} FROM {table} WHERE thread_id = ?",  # noqa: S608 - both are constants
                        (thread_id,),
                    ).fetchall()
                    for table, columns in LOCAL_TABLES.items()
                }
            )

    def close(self) -> None:
        """Closes the file once nobody is at work on it; SQLite does not survive a close within a statement."""
        with self.lock:
            self.conn.close()

    def _empty_log(self) -> None:
        """Cuts the write-ahead log, where deleted pages stand on; while others read it, the next deletion does it."""
        with self.lock:
            self.conn.execute("PRAGMA busy_timeout=0")
            try:
                self.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            except sqlite3.OperationalError:
                return  # another connection is writing
            finally:
                self.conn.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")


def open_saver(path: Path, key: Callable[[], bytes]) -> LocalSaver:
    """The saver on this file, made when missing.

    Args:
        key: returns the secret that checkpoints are sealed with, 32 bytes.

    Raises:
        StorageError: the file cannot be opened, or is no database.
    """
    try:
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA secure_delete=ON")  # what is deleted is overwritten
        saver = LocalSaver(connection, serde=SealedSerializer(key))
        saver.entered = set()
        saver.setup()
    except sqlite3.Error as error:
        raise StorageError(
            f"The checkpoints in {path} cannot be used: {error}. Check the file and its folder, or move the file away; "
            "runs that wait in it would have to be asked again."
        ) from error
    return saver
