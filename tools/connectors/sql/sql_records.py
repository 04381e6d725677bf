"""This system of record works over any database that SQLAlchemy reaches."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import Engine, MetaData, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from ....policies.errors import StorageError
from ..port import BusinessRecord, CompanyInfo, SystemOfRecord, Where
from .engine import find_sqlite_file, format_url, make_engine, translate_error
from .row_operations import RowOperations
from .schema import SqlSchema

_TABLES_LOCK = 0x53514C5265636F72
COMPANY_SECONDS = 1.0
"""How long what is known of the company itself is kept: every decision asks for its date, which changes once a day."""


class SqlRecords:
    """A ``SystemOfRecord`` over a database whose tables exist; safe to share between threads.

    Args:
        url: a SQLAlchemy URL, or an engine that :func:`.engine.make_engine` made.
        schema: what the database holds.

    Raises:
        StorageError: the URL cannot be used, or its file does not exist.
    """

    def __init__(self, url: str | Engine, schema: SqlSchema) -> None:
        if isinstance(url, str):
            path = find_sqlite_file(url)
            if path is not None and not Path(path).is_file():
                raise StorageError(f"There is no database at {path}; make it first.")
            url = make_engine(url)
        self._schema = schema
        self._reads = url
        self._writes = url.execution_options(begin="IMMEDIATE")
        self._company: tuple[float, CompanyInfo] | None = None

    def company(self) -> CompanyInfo:
        known = self._company
        if known is not None and monotonic() - known[0] < COMPANY_SECONDS:
            return known[1]
        asked = monotonic()
        with self._read() as rows:
            found = rows.company()
        self._company = asked, found
        return found

    def get(self, kind: str, id: str) -> BusinessRecord | None:
        with self._read() as rows:
            return rows.get(kind, id)

    def find(
        self,
        kind: str,
        *,
        where: Where | None = None,
        order_by: str | Sequence[str] = (),
        limit: int = 100,
    ) -> list[BusinessRecord]:
        with self._read() as rows:
            return rows.find(kind, where=where, order_by=order_by, limit=limit)

    def count(self, kind: str, *, where: Where | None = None) -> int:
        with self._read() as rows:
            return rows.count(kind, where=where)

    def insert(self, kind: str, values: Mapping[str, Any], *, key: str | None = None) -> str:
        with self.transaction() as rows:
            return rows.insert(kind, values, key=key)

    def by_key(self, kind: str, key: str) -> BusinessRecord | None:
        with self._read() as rows:
            return rows.by_key(kind, key)

    def update(self, kind: str, id: str, values: Mapping[str, Any], expected: Mapping[str, Any]) -> BusinessRecord:
        with self.transaction() as rows:
            return rows.update(kind, id, values, expected)

    @contextmanager
    def transaction(self) -> Iterator[SystemOfRecord]:
        try:
            with self._writes.begin() as connection:
                yield RowOperations(connection, self._schema)
        except SQLAlchemyError as error:
            raise translate_error(error, format_url(self._writes.url)) from error

    def close(self) -> None:
        """Gives back every connection."""
        self._reads.dispose()

    @contextmanager
    def _read(self) -> Iterator[RowOperations]:
        """A connection for one statement, which sees one state of the database without a transaction around it."""
        try:
            with self._reads.connect() as connection:
                yield RowOperations(connection, self._schema)
        except SQLAlchemyError as error:
            raise translate_error(error, format_url(self._reads.url)) from error


def open_sql_records(url: str, metadata: MetaData, schema: SqlSchema) -> SqlRecords:
    """The records of a database; tables that are missing are made first, and so is the folder of a SQLite file.

    Two processes that do so at once both find them made.

    Args:
        metadata: the tables, with those of ``schema``.

    Raises:
        StorageError: the place cannot be written, or the URL cannot be used.
        Unavailable: the database does not answer.
    """
    path = find_sqlite_file(url)
    engine = make_engine(url)
    try:
        if path is not None:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        with engine.execution_options(begin="IMMEDIATE").begin() as connection:
            if engine.dialect.name == "postgresql":  # the second waits here, then finds them made
                connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _TABLES_LOCK})
            metadata.create_all(connection)
            known = set(connection.execute(select(schema.counters.c.kind)).scalars())
            missing = [{"kind": name, "last": 0} for name in schema.kinds if name not in known]
            if missing:
                connection.execute(insert(schema.counters), missing)
    except OSError as error:
        raise StorageError(f"{path} cannot be made: {error.strerror}. Check the folder's permissions.") from error
    except SQLAlchemyError as error:
        raise translate_error(error, format_url(engine.url)) from error
    return SqlRecords(engine, schema)
