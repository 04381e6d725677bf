"""This module prepares connections to PostgreSQL, lets writers queue, and explains errors.

A writer takes one lock before anything else, so that it reads what all writers before it committed, exactly as with
``BEGIN IMMEDIATE`` on SQLite; the audit chain would make them queue in any case. Readers never wait.
"""

from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, text

from ..errors import StorageError

CONNECT_SECONDS = 10
_SPACE = 0x636F756E  # "coun": advisory locks of other programs in the same database do not meet ours

# coalesce: of a NULL no lock would be taken, without a word.
QUEUE = text(f"SELECT pg_advisory_xact_lock({_SPACE}, hashtext(coalesce(current_schema(), '')))")
TRY_SETUP = f"SELECT pg_try_advisory_lock({_SPACE + 1}, hashtext(coalesce(current_schema(), '')))"
END_SETUP = f"SELECT pg_advisory_unlock({_SPACE + 1}, hashtext(coalesce(current_schema(), '')))"
_INDEXING = f"{_SPACE + 2}, hashtext(coalesce(current_schema(), '') || ' ' || :name)"
TRY_INDEXING = f"SELECT pg_try_advisory_lock({_INDEXING})"
END_INDEXING = f"SELECT pg_advisory_unlock({_INDEXING})"

# A commit that was confirmed survives the server's crash, even where the server's default says otherwise; a lock is not
# waited for without end; and a machine that vanished with a lock is noticed after a minute, not after two hours.
_PREPARE = """
SELECT set_config('lock_timeout', '{busy}s', false),
       set_config('tcp_keepalives_idle', '30', false),
       set_config('tcp_keepalives_interval', '10', false),
       set_config('tcp_keepalives_count', '3', false),
       CASE WHEN current_setting('synchronous_commit') = 'off' THEN set_config('synchronous_commit', 'on', false) END
"""


def make_postgres_engine(url: URL, busy_seconds: float) -> Engine:
    """An engine whose connections are prepared for sharing.

    Raises:
        StorageError: the driver is not installed.
    """
    given = {"connect_timeout": CONNECT_SECONDS, "application_name": "countersign"}
    try:
        engine = create_engine(
            url,
            pool_pre_ping=True,
            isolation_level="READ COMMITTED",  # each statement behind the lock sees what was committed before it
            connect_args={name: value for name, value in given.items() if name not in url.query},
        )
    except ModuleNotFoundError as error:
        raise explain_missing_driver(error) from error

    def prepare(connection: Any, _record: Any) -> None:
        connection.execute(_PREPARE.format(busy=busy_seconds))
        connection.commit()

    event.listen(engine, "connect", prepare)
    return engine


def explain_missing_driver(error: ModuleNotFoundError) -> StorageError:
    """What to tell somebody who has a PostgreSQL URL and not the packages for it."""
    return StorageError(
        f"PostgreSQL needs the package {error.name!r}, which is not installed. Install the extra that brings it: "
        "pip install 'countersign[postgres]'."
    )


def advise_on_error(cause: str, error: BaseException | None) -> str:
    """What to do about an error of the server or on the way to it.

    Args:
        cause: the first line of what it said.
        error: the driver's error, for its SQLSTATE (PostgreSQL's manual, appendix A); connecting gives none.
    """
    code = getattr(error, "sqlstate", None) or ""
    low = cause.lower()
    if code == "55P03":
        return "Another process has held it for too long; wait for it to finish and try again."
    if code in ("42501", "25006"):
        return "Give its user the right to write, or name the server that may be written to."
    if code.startswith("53"):
        return "The server is short of connections, memory or space; make room and try again."
    if code.startswith("22"):
        return "It refuses this text; take out what is not plain text and try again."
    if "password" in low or "authentication" in low or "pg_hba" in low:
        return "Check the user and the password in COUNTERSIGN_DATABASE_URL."
    if "database" in low and "does not exist" in low:
        return "Make it with: createdb --encoding=UTF8 NAME."
    if "too many" in low or "connection slots" in low:
        return "The server has no connection left; try again, or raise max_connections."
    return "Check that the server runs and can be reached, and what COUNTERSIGN_DATABASE_URL says."
