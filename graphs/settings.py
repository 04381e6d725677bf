"""Where an assistant keeps its data and what it connects to, read from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..agents.model_settings import ModelSettings
from ..policies.database import sqlite_url


@dataclass(frozen=True, slots=True)
class Settings:
    """One assistant's configuration.

    Attributes:
        home: the data folder, made on first use.
        company_url: SQLAlchemy URL of the systems of record; empty for the sample company inside ``home``.
        packs: files or folders of policy packs; empty for the default ones.
        models: the language models, or ``None`` to work without.
        environment: for what rooms below read by themselves, e.g. the embedder.
    """

    home: Path
    company_url: str = ""
    packs: tuple[Path, ...] = ()
    models: ModelSettings | None = None
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None, home: Path | str | None = None) -> "Settings":
        """The settings in these variables (default: the process's).

        ``COUNTERSIGN_HOME`` is the data folder (default ``./.countersign``), ``COUNTERSIGN_COMPANY_URL`` the systems of
        record, ``COUNTERSIGN_PACKS`` policy packs separated like ``PATH``; models as in
        :meth:`countersign.agents.model_settings.ModelSettings.from_env`.

        Raises:
            BadInput: a variable holds what cannot be used.
        """
        env = os.environ if env is None else env
        folder = Path(home or env.get("COUNTERSIGN_HOME") or ".countersign").expanduser()
        packs = tuple(Path(part).expanduser() for part in env.get("COUNTERSIGN_PACKS", "").split(os.pathsep) if part)
        return cls(folder, env.get("COUNTERSIGN_COMPANY_URL", ""), packs, ModelSettings.from_env(env), dict(env))

    @property
    def company(self) -> str:
        """The URL of the systems of record."""
        return self.company_url or sqlite_url((self.home / "company.db").absolute())
