"""This module opens a database that several processes share: WAL, busy timeouts, explicit transactions.

SQLite's driver opens transactions late and lets readers upgrade to writers, which loses races. Here a writer says so
first (``BEGIN IMMEDIATE``; on PostgreSQL an advisory lock), waits its turn, and then reads what all before it wrote. It
chooses how safe its commit must be: ``durable`` survives a power cut.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ..errors import BadInput, StorageError
from . import postgres
from .urls import hide_password, parse_url
from .urls import make_sqlite_url as make_sqlite_url

BUSY_SECONDS = 30
EMPTYING_SECONDS, EMPTYING_PAUSE = 5.0, 0.05
_NOT_TEXT = "A name or text holds a broken character (a lone surrogate); send valid Unicode."


def open_database(url: str) -> Engine:
    """An engine for a SQLite or PostgreSQL URL, checked by one statement.

    Raises:
        StorageError: the URL is wrong, the database cannot be opened or is corrupt, or its folder is read-only.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "postgresql":
        engine = postgres.make_postgres_engine(parsed, BUSY_SECONDS)
        with begin_read(engine) as connection:
            encoding = connection.execute(text("SELECT current_setting('server_encoding')")).scalar()
        if encoding != "UTF8":
            engine.dispose()
            raise StorageError(
                f"The database {hide_password(parsed)} keeps text as {encoding}, which loses characters. "
                "Make another with: createdb --encoding=UTF8 --template=template0 NAME."
            )
        return engine
    # Autocommit: transactions are begun below, never by the driver.
    engine = create_engine(
        parsed, isolation_level="AUTOCOMMIT", connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    with begin_read(engine) as connection:
        connection.execute(text("SELECT 1"))
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        f"busy_timeout={BUSY_SECONDS * 1000}",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


@contextmanager
def begin_read(engine: Engine, *, streaming: bool = False) -> Iterator[Connection]:
    """A connection for reads; each statement sees what is committed.

    Args:
        streaming: rows are fetched as they are used (``yield_per``), for which PostgreSQL needs a transaction.

    Raises:
        BadInput: a value is no text that any database could keep.
        StorageError: the database does not answer, or is not a database.
    """
    try:
        with engine.connect() as connection:
            if engine.dialect.name != "sqlite" and not streaming:
                # Without a transaction around it, a read on PostgreSQL is one journey instead of three.
                connection.execution_options(isolation_level="AUTOCOMMIT")
            yield connection
    except UnicodeEncodeError:
        raise BadInput(_NOT_TEXT) from None
    except (DBAPIError, PoolTimeout) as error:
        raise _storage_error(engine, error) from error


@contextmanager
def begin_snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection for reads that all see one moment, whatever is committed meanwhile; for rows that must fit together.

    Raises:
        StorageError: as for :func:`begin_read`.
    """
    with begin_read(engine, streaming=True) as connection:
        if engine.dialect.name == "sqlite":
            cast(sqlite3.Connection, connection.connection.driver_connection).execute("BEGIN")
        else:
            connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


@contextmanager
def begin_write(engine: Engine, *, durable: bool = False) -> Iterator[Connection]:
    """One transaction: committed when the block ends, rolled back when it raises.

    Args:
        durable: wait until the commit survives a power cut, not only a killed process. For the ledger and signatures;
            on PostgreSQL every commit does.

    Raises:
        BadInput: a value is no text that any database could keep.
        StorageError: the database is read-only, locked for longer than the busy timeout, full or corrupt.
    """
    lite = engine.dialect.name == "sqlite"
    try:
        with engine.connect() as connection:
            if lite:
                # Switched on the raw connection: a pragma inside a transaction has no effect.
                raw = cast(sqlite3.Connection, connection.connection.driver_connection)
                raw.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
                raw.execute("BEGIN IMMEDIATE")
            with connection.begin():
                if not lite:
                    connection.execute(postgres.QUEUE)
                yield connection
    except UnicodeEncodeError:
        raise BadInput(_NOT_TEXT) from None
    except IntegrityError:
        raise  # a lost race for a unique key is the caller's to settle
    except (DBAPIError, PoolTimeout, sqlite3.DatabaseError) as error:
        raise _storage_error(engine, error) from error


def overwrite_deleted(connection: Connection) -> None:
    """From now on SQLite overwrites what this connection deletes; see also :func:`empty_log`."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA secure_delete=ON"))


def empty_log(engine: Engine) -> None:
    """Empties SQLite's write-ahead log, where deleted text would otherwise wait for the next checkpoint.

    Raises:
        StorageError: for too long somebody reads an older state.
    """
    if engine.dialect.name != "sqlite":
        return
    ends = time.monotonic() + EMPTYING_SECONDS
    with begin_read(engine) as connection:
        while connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar():
            if time.monotonic() > ends:
                raise StorageError(
                    "It is erased, but another process, perhaps a backup, still reads an older state of the database, "
                    "and its log keeps the words until then. Let it end, then run this again."
                )
            # Where another process empties it at this moment, SQLite does not wait.
            time.sleep(EMPTYING_PAUSE)


def _storage_error(engine: Engine, error: Exception) -> StorageError:
    what = (str(getattr(error, "orig", None) or error).splitlines() or [type(error).__name__])[0]
    hint = "Check the file and its folder, or restore it from a backup."
    if isinstance(error, PoolTimeout):
        what, hint = "too many requests are using it at once", "Try again in a moment."
    elif engine.dialect.name != "sqlite":
        hint = postgres.advise_on_error(what, getattr(error, "orig", None))
    elif isinstance(error, OperationalError | sqlite3.OperationalError):
        low = what.lower()
        if "readonly" in low or "read-only" in low or "unable to open" in low:
            hint = "Make the folder writable, or set COUNTERSIGN_HOME to one that is."
        elif "full" in low or "disk i/o" in low:
            hint = "Make room on its disk and try again; nothing was changed by this."
        elif "locked" in low:
            hint = "Another process holds it; wait for it to finish and try again."
    elif "not a database" in what or "malformed" in what:
        hint = "The file is damaged. Move it away and restore it from a backup; nothing was changed."
    return StorageError(f"The database {hide_password(engine.url)} cannot be used: {what}. {hint}")
