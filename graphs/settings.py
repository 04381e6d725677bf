"""The settings say where an assistant keeps its data and what it connects to; they are read from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from ..agents.models.settings import ModelSettings
from ..policies.errors import StorageError
from ..policies.storage.urls import find_database_place, hide_password, make_database_name, make_sqlite_url, parse_url

DATABASE = "countersign.db"
CHECKPOINTS = "checkpoints.db"


@dataclass(frozen=True, slots=True)
class Settings:
    """One assistant's configuration.

    Attributes:
        home: the data folder, made on first use.
        database_url: SQLAlchemy URL of the records of work (conversations, reviews, ledger, audit, memory's rows), on
            SQLite or PostgreSQL; empty for a file inside ``home``.
        company_url: SQLAlchemy URL of the systems of record; empty for the sample company inside ``home``.
        packs: files or folders of policy packs; empty for the default ones.
        extensions: names or places of the extensions to load; None for all that are installed.
        models: the language models, or ``None`` to work without.
        environment: for what rooms below read by themselves, e.g. the embedder.
    """

    home: Path
    database_url: str = field(default="", repr=False)
    company_url: str = field(default="", repr=False)
    packs: tuple[Path, ...] = ()
    models: ModelSettings | None = None
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    extensions: tuple[str, ...] | None = None

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None, home: Path | str | None = None) -> "Settings":
        """The settings in these variables (default: the process's).

        ``COUNTERSIGN_HOME`` is the data folder (default ``./.countersign``), ``COUNTERSIGN_DATABASE_URL`` the records
        of work, ``COUNTERSIGN_COMPANY_URL`` the systems of record, ``COUNTERSIGN_PACKS`` policy packs separated like
        ``PATH``,
        ``COUNTERSIGN_EXTENSIONS`` the extensions to load, separated by commas (default: all that are installed); models
        as in :meth:`countersign.agents.models.settings.ModelSettings.from_env`.

        Raises:
            BadInput: a variable holds what cannot be used.
        """
        env = os.environ if env is None else env
        folder = Path(home or env.get("COUNTERSIGN_HOME") or ".countersign").expanduser()
        packs = tuple(Path(part).expanduser() for part in env.get("COUNTERSIGN_PACKS", "").split(os.pathsep) if part)
        return cls(
            folder,
            env.get("COUNTERSIGN_DATABASE_URL", ""),
            env.get("COUNTERSIGN_COMPANY_URL", ""),
            packs,
            ModelSettings.from_env(env),
            dict(env),
            tuple(filter(None, map(str.strip, env.get("COUNTERSIGN_EXTENSIONS", "").split(",")))) or None,
        )

    @property
    def database(self) -> str:
        """The URL of the records of work.

        Raises:
            StorageError: it cannot be understood, or leads to where the systems of record are.
        """
        url = self.database_url or make_sqlite_url((self.home / DATABASE).absolute())
        place = parse_url(url)
        if self.company_url and _same_place(place, self.company_url):
            raise StorageError(
                f"COUNTERSIGN_DATABASE_URL and COUNTERSIGN_COMPANY_URL lead to the same place, {hide_password(place)}. "
                "The company's tables and the assistant's have names in common: give each a database or a schema of "
                "its own (a schema with ?options=-csearch_path%3DNAME)."
            )
        return url

    @property
    def memory(self) -> Path:
        """The folder of memory's index, one for each database: what it holds are numbers of that database's rows.

        Raises:
            StorageError: the URL of the database cannot be understood.
        """
        name = f"memory-{make_database_name(parse_url(self.database_url))}" if self.database_url else "memory"
        return (self.home / name).absolute()

    @property
    def company(self) -> str:
        """The URL of the systems of record."""
        return self.company_url or make_sqlite_url((self.home / "company.db").absolute())


def _same_place(database: URL, company: str) -> bool:
    try:
        other = make_url(company)
    except (ArgumentError, ValueError):
        return False  # opening the company says what is wrong with it
    return other.get_backend_name() == database.get_backend_name() and find_database_place(
        other
    ) == find_database_place(database)
