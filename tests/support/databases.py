"""The two kinds of database that the same tests run on.

A test names a file, e.g. ``tmp_path / "audit.db"``. On PostgreSQL a database of its own stands for it, and its URL is
kept beside it (``audit.url``), so that other processes of the test find it.
"""

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from countersign.policies.storage.database import open_database
from countersign.policies.storage.schema import upgrade_schema
from countersign.policies.storage.urls import make_sqlite_url
from sqlalchemy import Engine, create_engine, text


def url_of(path: Path) -> str:
    """The URL of the database that stands for a file: the one named beside it, or the file's own."""
    named = path.with_suffix(".url")
    return named.read_text() if named.exists() else make_sqlite_url(path)


@dataclass
class Databases:
    """One kind of database.

    Attributes:
        server: the address of a PostgreSQL cluster, or empty for SQLite.
    """

    server: str = ""
    _engines: list[Engine] = field(default_factory=list)

    def url(self, path: Path) -> str:
        """The URL of the database for a file; an empty one is made at the first call."""
        if self.server and not path.with_suffix(".url").exists():
            path.with_suffix(".url").write_text(create(self.server, path))
        return url_of(path)

    def open(self, path: Path) -> Engine:
        """An engine for the database for a file, its schema up to date; disposed of with the fixture."""
        engine = self.open_as_it_is(path)
        upgrade_schema(engine)
        return engine

    def open_as_it_is(self, path: Path) -> Engine:
        """The same, with whatever schema it has."""
        self._engines.append(open_database(self.url(path)))
        return self._engines[-1]

    def close(self) -> None:
        """Closes every engine."""
        for engine in self._engines:
            engine.dispose()
        self._engines.clear()


def create(server: str, path: Path, template: str = "template0") -> str:
    """Makes the database for a file, empty or as a copy of another one, and returns its URL."""
    name = f"t{hashlib.sha256(str(path).encode()).hexdigest()[:20]}"
    admin = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'"))
    finally:
        admin.dispose()
    return f"{server}/{name}"


def copy_database(path: Path, to: Path) -> None:
    """Gives a copied file its own copy of the database whose URL was copied with it, if there was one."""
    named = to.with_suffix(".url")
    if named.exists():
        server, _, template = url_of(path).rpartition("/")
        named.write_text(create(server, to, template))


def shared_base(factory: pytest.TempPathFactory) -> Path:
    """The folder that all workers of one test session share."""
    base = factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
