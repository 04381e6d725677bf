"""Checkpoints of open runs can be kept in PostgreSQL, so that any machine goes on with any run.

LangGraph's synchronous saver, called from the event loop as all other SQL is. Its commits do not wait for the server's
disk: a checkpoint that a power cut takes costs the work since the one before, and the ledger keeps effects single.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from langgraph.checkpoint.postgres import PostgresSaver
from psycopg import Connection, Error
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool
from sqlalchemy import Engine

from ...policies.errors import StorageError
from ...policies.storage.database import BUSY_SECONDS
from ...policies.storage.postgres import CONNECT_SECONDS, END_SETUP, TRY_SETUP, advise_on_error
from ...policies.storage.urls import hide_password
from .checkpoint_seals import SHARED_TABLES, SealedSerializer, compute_checkpoint_seal
from .checkpoints import BlockingSaver

CONNECTIONS = 4
POLL_SECONDS = 0.05


class SharedPool(ConnectionPool[Connection[DictRow]]):
    """Connections whose errors people can act on.

    Args:
        where: how messages call the database.
    """

    def __init__(self, where: str, **settings: Any) -> None:
        self._where = where
        super().__init__(**settings)

    @contextmanager
    def connection(self, timeout: float | None = None) -> Iterator[Connection[DictRow]]:
        """A connection of the pool.

        Raises:
            StorageError: none can be had, or what was done on it failed.
        """
        try:
            with super().connection(timeout) as connection:
                yield connection
        except Error as error:
            cause = (str(error).splitlines() or [type(error).__name__])[0]
            raise StorageError(
                f"The checkpoints in {self._where} cannot be used: {cause}. {advise_on_error(cause, error)}"
            ) from error


class SharedSaver(BlockingSaver, PostgresSaver):
    """LangGraph's PostgreSQL saver with its asynchronous methods calling the synchronous ones."""

    def __init__(self, pool: SharedPool, key: Callable[[], bytes]) -> None:
        super().__init__(pool, serde=SealedSerializer(key))
        self._pool = pool
        self.entered = set()

    def threads(self) -> list[str]:
        """The ids of all runs that have checkpoints."""
        with self._pool.connection() as connection:
            return [row["thread_id"] for row in connection.execute("SELECT DISTINCT thread_id FROM checkpoints")]

    def seal(self, thread_id: str) -> str:
        """A hash over all that is kept of a run; empty when nothing is."""
        with self._pool.connection() as connection:
            return compute_checkpoint_seal(
                {
                    table: [
                        tuple(row.values())
                        for row in connection.execute(
                            f"SELECT {columns} FROM {table} WHERE thread_id = %s",  # noqa: S608 - both are constants
                            (thread_id,),
                        )
                    ]
                    for table, columns in SHARED_TABLES.items()
                }
            )

    def close(self) -> None:
        """Closes the connections."""
        self._pool.close()


def open_shared_saver(engine: Engine, key: Callable[[], bytes]) -> SharedSaver:
    """The saver in the database of this engine, its tables made when missing.

    Args:
        key: returns the secret that checkpoints are sealed with, 32 bytes; the same on all machines.

    Raises:
        StorageError: the server does not answer, or the tables cannot be made.
    """
    url = engine.url
    settings = dict(engine.dialect.create_connect_args(url)[1])
    settings.pop("context", None)  # SQLAlchemy's own conversions
    pool = SharedPool(
        hide_password(url),
        kwargs={"connect_timeout": CONNECT_SECONDS, "application_name": "countersign"}
        | settings
        | {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row},
        min_size=1,
        max_size=CONNECTIONS,
        timeout=BUSY_SECONDS,
        check=ConnectionPool.check_connection,
        configure=_prepare,
        open=True,
    )
    saver = SharedSaver(pool, key)
    try:
        with _hold_setup_lock(pool):
            saver.setup()
    except StorageError:
        saver.close()
        raise
    return saver


def _prepare(connection: Connection[DictRow]) -> None:
    connection.execute("SET synchronous_commit = off")


@contextmanager
def _hold_setup_lock(pool: SharedPool) -> Iterator[None]:
    """Keeps other processes from making the same tables meanwhile.

    The lock is asked for again and again: whoever waited for it inside the server would hold up the building of an
    index there, and that would hold up the lock.
    """
    with pool.connection() as connection:
        while not _is_locked(connection.execute(TRY_SETUP).fetchone()):
            time.sleep(POLL_SECONDS)
        try:
            yield
        finally:
            connection.execute(END_SETUP)


def _is_locked(row: DictRow | None) -> bool:
    return row is not None and bool(row["pg_try_advisory_lock"])
