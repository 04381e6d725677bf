"""This storage of the ``limits`` library lies in our own database, so that all processes count together.

Moving windows: one row for each hit. A hit is taken in a transaction for which writers queue (see ``database``), so
that of any number at once exactly as many get through as there is room for, in SQLite and in PostgreSQL.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from limits.storage import MovingWindowSupport, Storage
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    MetaData,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
)

from ..errors import StorageError
from ..storage.database import begin_read, begin_write

SCHEME = "countersign"
MICRO = 1_000_000
metadata = MetaData()
hits = Table(
    "rate_hits",
    metadata,
    Column("key", Text, primary_key=True),
    Column("mark", Text, primary_key=True),  # what was counted; the same thing counts once
    Column("at", BigInteger, nullable=False),  # microseconds since 1970
    Column("expires", BigInteger, nullable=False),
    Index("rate_hits_by_key", "key", "at"),
    Index("rate_hits_by_end", "expires"),
)


class SqlStorage(Storage, MovingWindowSupport):
    """Counts in a database.

    Args:
        uri: ``countersign://``; which database it is, is said by ``engine``.
        engine: the database, its schema up to date.
        connection: to count in the caller's transaction.
        mark: of the one thing that is counted; the second hit with it counts nothing. Anew for each hit by default.
        clock: seconds since 1970.
    """

    STORAGE_SCHEME = [SCHEME]  # noqa: RUF012 - the library declares it so

    def __init__(
        self,
        uri: str | None = None,
        wrap_exceptions: bool = False,
        *,
        engine: Engine,
        connection: Connection | None = None,
        mark: str = "",
        clock: Callable[[], float] = time.time,
        **_options: Any,
    ) -> None:
        super().__init__(uri, wrap_exceptions)
        self._engine = engine
        self._connection = connection
        self._mark = mark
        self._clock = clock

    @property
    def base_exceptions(self) -> type[Exception]:
        """What the library may wrap."""
        return StorageError

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Takes room in a moving window of ``expiry`` seconds; ``False`` and none taken when there is too little."""
        now = self._now()
        with self._writing() as connection:
            connection.execute(delete(hits).where(hits.c.expires <= now))
            if self._mark and connection.execute(_ONE.where(hits.c.key == key, hits.c.mark == self._mark)).first():
                return True
            if _count(connection, key, now - expiry * MICRO) + amount > limit:
                return False
            marks = [self._mark] if self._mark and amount == 1 else [uuid4().hex for _ in range(amount)]
            ends = now + expiry * MICRO
            connection.execute(insert(hits), [{"key": key, "mark": mark, "at": now, "expires": ends} for mark in marks])
        return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """When the oldest hit of the window was, in seconds since 1970, and how many there are."""
        now = self._now()
        since = now - expiry * MICRO
        with self._reading() as connection:
            oldest, number = connection.execute(
                select(func.min(hits.c.at), func.count()).where(hits.c.key == key, hits.c.at > since)
            ).one()
        return (now if oldest is None else oldest) / MICRO, min(number, limit)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Counts in a window that begins with its first hit."""
        now = self._now()
        with self._writing() as connection:
            connection.execute(delete(hits).where(hits.c.expires <= now))
            first = connection.execute(select(func.min(hits.c.expires)).where(hits.c.key == key)).scalar()
            ends = first or now + expiry * MICRO
            rows = [{"key": key, "mark": uuid4().hex, "at": now, "expires": ends} for _ in range(amount)]
            connection.execute(insert(hits), rows)
            return _count_live(connection, key, now)

    def get(self, key: str) -> int:
        """How many hits count now."""
        with self._reading() as connection:
            return _count_live(connection, key, self._now())

    def get_expiry(self, key: str) -> float:
        """When the first of them stops counting, in seconds since 1970; now when there is none."""
        now = self._now()
        with self._reading() as connection:
            first = connection.execute(
                select(func.min(hits.c.expires)).where(hits.c.key == key, hits.c.expires > now)
            ).scalar()
        return float(now if first is None else first) / MICRO

    def check(self) -> bool:
        """Whether the database answers."""
        try:
            self.get("")
        except StorageError:
            return False
        return True

    def reset(self) -> int | None:
        """Forgets all hits, and says how many there were."""
        with self._writing() as connection:
            return connection.execute(delete(hits)).rowcount

    def clear(self, key: str) -> None:
        """Forgets the hits of a key."""
        with self._writing() as connection:
            connection.execute(delete(hits).where(hits.c.key == key))

    def _now(self) -> int:
        return int(self._clock() * MICRO)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        if self._connection is not None:
            yield self._connection
            return
        with begin_write(self._engine) as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        if self._connection is not None:
            yield self._connection
            return
        with begin_read(self._engine) as connection:
            yield connection


_ONE = select(hits.c.mark)


def _count(connection: Connection, key: str, since: int) -> int:
    found = connection.execute(select(func.count()).where(hits.c.key == key, hits.c.at > since)).scalar()
    return int(found or 0)


def _count_live(connection: Connection, key: str, now: int) -> int:
    found = connection.execute(select(func.count()).where(hits.c.key == key, hits.c.expires > now)).scalar()
    return int(found or 0)
