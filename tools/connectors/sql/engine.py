"""This module opens engines with the settings that shared SQLite files need, and says plainly what went wrong."""

import sqlite3
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from ....policies.errors import CountersignError, StorageError, Unavailable

_BUSY_MS = 10_000


def make_engine(url: str) -> Engine:
    """An engine for the URL; SQLite waits for other writers and begins transactions when we say so.

    Raises:
        StorageError: the URL is malformed or its driver is not installed.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() != "sqlite":
            return create_engine(parsed, pool_pre_ping=True)
        memory = parsed.database in (None, "", ":memory:")
        engine = create_engine(
            parsed,
            connect_args={"check_same_thread": False},
            **({"poolclass": StaticPool} if memory else {}),
        )
    except ArgumentError as error:
        raise StorageError("The database URL cannot be understood; write sqlite:///path/to/file.db.") from error
    except NoSuchModuleError as error:
        raise StorageError(f"No driver for this kind of database: {error}. Check the URL's first part.") from error
    except ModuleNotFoundError as error:
        raise StorageError(f"The driver {error.name!r} for this database is not installed; install it.") from error
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(raw: sqlite3.Connection, _record: Any) -> None:
    raw.isolation_level = None  # the driver must not begin transactions by itself
    cursor = raw.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    # A writer takes the lock at once: two that read first and write later could never both finish. A single read is
    # whole by itself.
    if connection.get_execution_options().get("begin") == "IMMEDIATE":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def find_sqlite_file(url: str) -> str | None:
    """The file behind a SQLite URL, or ``None`` for memory and for other databases."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return None
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return None
    return parsed.database


def format_url(url: URL) -> str:
    """The URL without its password and its options, which may hold another."""
    return url.set(query={}).render_as_string(hide_password=True)


def translate_error(error: SQLAlchemyError, where: str) -> CountersignError:
    """What a database error means to a person."""
    cause = (str(error.orig if isinstance(error, DBAPIError) else error).splitlines() or [""])[0]
    plain = cause.lower()
    if "no such table" in plain or "undefinedtable" in plain or "does not exist" in plain:
        return StorageError(f"{where} does not hold the tables that are looked for ({cause}). Check its URL.")
    if "malformed" in plain or "not a database" in plain:
        return StorageError(f"The database {where} is damaged ({cause}). Restore it from a copy, or delete it.")
    if "readonly" in plain or "read-only" in plain or "unable to open" in plain:
        return StorageError(f"The database {where} cannot be written ({cause}). Check the folder's permissions.")
    if "disk" in plain or "full" in plain:
        return StorageError(f"The database {where} cannot be written ({cause}). Free some space and try again.")
    return Unavailable(f"The database {where} did not answer ({cause}). Try again in a moment.")
