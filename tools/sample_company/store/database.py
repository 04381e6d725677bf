"""This module opens the company's database and creates it exactly once, whoever comes first."""

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

from filelock import FileLock
from sqlalchemy import Connection, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError

from ....policies.errors import CountersignError, StorageError
from ...connectors.sql.engine import find_sqlite_file, format_url, make_engine, translate_error
from ...connectors.sql.sql_records import SqlRecords
from ..schema import schema
from ..schema.record_kinds import COMPANY_SCHEMA

DEFAULT_SEED = 7


def open_company(url: str, *, seed: int = DEFAULT_SEED, today: date | None = None) -> SqlRecords:
    """The company behind a SQLAlchemy URL; an empty database is filled with the sample company first.

    A SQLite file appears complete or not at all: it is built beside its place, under a lock, and renamed.
    In other databases everything happens in one transaction. An existing company is never changed, and then
    `seed` and `today` do nothing.

    Args:
        url: e.g. ``sqlite:////data/company.db``.
        seed: which of the many possible sample companies.
        today: the day its story stands at; the current day in UTC when left out.

    Raises:
        StorageError: the place cannot be written, or holds something else.
        Unavailable: the database does not answer.
    """
    day = today or datetime.now(UTC).date()
    path = find_sqlite_file(url)
    if path is None:
        return _open_in_place(url, seed, day)
    target = Path(path)
    if not _is_filled(target):
        _build_file(target, seed, day)
    records = SqlRecords(url, COMPANY_SCHEMA)
    try:
        records.company()
    except CountersignError:
        records.close()
        raise
    return records


def _is_filled(target: Path) -> bool:
    try:
        return target.is_file() and target.stat().st_size > 0
    except OSError as error:
        raise StorageError(f"{target} cannot be read: {error.strerror}. Check its permissions.") from error


def _build_file(target: Path, seed: int, today: date) -> None:
    from ..generate.company import write_company

    part = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{target}.lock"):
            if _is_filled(target):
                return
            part.unlink(missing_ok=True)
            with closing(sqlite3.connect(part)) as raw:
                part.chmod(0o600)  # it holds personal data
                raw.execute("PRAGMA journal_mode=WAL")  # stays with the file: readers never wait for a writer
            engine = make_engine(f"sqlite:///{part}")
            try:
                with engine.begin() as connection:
                    write_company(connection, seed, today)
            finally:
                engine.dispose()
            part.replace(target)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StorageError(
            f"The company database {target} cannot be created: {reason}. Check the folder's permissions."
        ) from error
    except SQLAlchemyError as error:
        raise translate_error(error, str(target)) from error


def _open_in_place(url: str, seed: int, today: date) -> SqlRecords:
    from ..generate.company import write_company

    engine = make_engine(url)
    try:
        with engine.execution_options(begin="IMMEDIATE").begin() as connection:
            if engine.dialect.name == "postgresql":  # the second creator waits here, then finds it done
                connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": 0x48616C64656E})
            if not _is_present(connection):
                write_company(connection, seed, today)
    except SQLAlchemyError as error:
        raise translate_error(error, format_url(engine.url)) from error
    return SqlRecords(engine, COMPANY_SCHEMA)


def _is_present(connection: Connection) -> bool:
    if not inspect(connection).has_table(schema.company.name):
        return False
    return connection.execute(select(schema.company.c.tenant)).first() is not None
