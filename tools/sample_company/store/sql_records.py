"""This system of record works over any database that SQLAlchemy reaches."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from ....policies.errors import StorageError
from ...connectors.port import BusinessRecord, CompanyInfo, SystemOfRecord, Where
from .engine import find_sqlite_file, format_url, make_engine, translate_error
from .row_operations import RowOperations

COMPANY_SECONDS = 1.0
"""How long what is known of the company itself is kept: every decision asks for its date, which changes once a day."""


class SqlRecords:
    """A ``SystemOfRecord`` over an existing company database; safe to share between threads.

    Args:
        url: a SQLAlchemy URL, or an engine that `engine_for` made.

    Raises:
        StorageError: the URL cannot be used, or its file does not exist.
    """

    def __init__(self, url: str | Engine) -> None:
        if isinstance(url, str):
            path = find_sqlite_file(url)
            if path is not None and not Path(path).is_file():
                raise StorageError(f"There is no company database at {path}. `open_company` creates one.")
            url = make_engine(url)
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
                yield RowOperations(connection)
        except SQLAlchemyError as error:
            raise translate_error(error, format_url(self._writes.url)) from error

    def close(self) -> None:
        """Give back every connection."""
        self._reads.dispose()

    @contextmanager
    def _read(self) -> Iterator[RowOperations]:
        """For one statement, which sees one state of the database without a transaction around it."""
        try:
            with self._reads.connect() as connection:
                yield RowOperations(connection)
        except SQLAlchemyError as error:
            raise translate_error(error, format_url(self._reads.url)) from error
