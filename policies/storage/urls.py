"""Database URLs are read with care, never shown with a password, and compared by where they lead."""

import hashlib
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from ..errors import StorageError

DRIVER = "postgresql+psycopg"
_POSTGRES = ("postgres", "postgresql", DRIVER)
_SCHEMA = "options"
_FORMS = (
    "Write sqlite:////path/to/file.db or postgresql://user:password@host:5432/database, "
    "with %40 for @, %3A for : and %2F for / inside the password."
)


def make_sqlite_url(path: Path) -> str:
    """The SQLAlchemy URL of a SQLite file."""
    return f"sqlite+pysqlite:///{path}"


def parse_url(url: str) -> URL:
    """The URL, taken apart; any way to write PostgreSQL means the driver ``psycopg``.

    Raises:
        StorageError: it cannot be understood, or is of a database that is not supported. It is not repeated, because
            it may hold a password.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise StorageError(f"The database URL cannot be understood. {_FORMS}") from None
    if parsed.get_backend_name() == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise StorageError(f"The database URL names no file; work must outlive the process. {_FORMS}")
        return parsed
    if parsed.drivername not in _POSTGRES:
        raise StorageError(
            f"A database of the kind {parsed.drivername.split(':')[0]!r} cannot hold the records of work. {_FORMS}"
        )
    # An @ that was not encoded makes the end of the password look like the host.
    if "@" in (parsed.host or ""):
        raise StorageError(f"The database URL cannot be understood: it has more than one @. {_FORMS}")
    if not parsed.database:
        raise StorageError(f"The database URL names no database. {_FORMS}")
    return parsed.set(drivername=DRIVER)


def hide_password(url: URL) -> str:
    """The URL for messages, without its password and its options, which may hold another."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return url.set(query={}, password=None, drivername="postgresql").render_as_string()


def find_database_place(url: URL) -> str:
    """What two URLs have in common that lead to the same tables: file, or server, database and schema."""
    if url.get_backend_name() == "sqlite":
        return str(Path(str(url.database)).resolve())
    server = url.host or str(url.query.get("host", ""))
    port = url.port or str(url.query.get("port", "")) or "5432"
    return f"{server.lower()}:{port}/{url.database}?{url.query.get(_SCHEMA, '')}"


def make_database_name(url: URL) -> str:
    """A short name for a place, fit for a folder; the same wherever the URL leads to the same tables."""
    return hashlib.sha256(find_database_place(url).encode()).hexdigest()[:12]
