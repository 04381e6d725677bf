"""The data folder is opened as far as a command needs: the whole assistant, or only the records of what happened."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...policies.errors import StorageError
from ..terminal.console import show_working
from .caller import Caller

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from ...graphs.assistant.sync import Assistant
    from ...graphs.extensions.content import Content
    from ...graphs.settings import Settings
    from ...policies.audit.log import AuditLog
    from ...policies.domain.principal import Directory, Principal
    from ...policies.governance.governance import Governance
    from ...policies.review.store import ReviewStore
    from ...tools.connectors.business import Business
    from ...tools.connectors.port import SystemOfRecord

DATABASE, CHECKPOINTS = "countersign.db", "checkpoints.db"


@dataclass(frozen=True, slots=True)
class DataFolder:
    """What happened in one data folder, without the agents: quick to open."""

    settings: "Settings"
    engine: "Engine"
    governance: "Governance"
    business: "Business"
    content: "Content"

    @property
    def records(self) -> "SystemOfRecord":
        """The systems of record."""
        return self.business.records

    @property
    def directory(self) -> "Directory":
        """Who is who."""
        return self.business.directory

    @property
    def audit(self) -> "AuditLog":
        """The log."""
        return self.governance.audit

    @property
    def reviews(self) -> "ReviewStore":
        """What waits for people, or waited."""
        return self.governance.reviews

    def principal(self, user_id: str) -> "Principal":
        """The principal with this id.

        Raises:
            NotAllowed: nobody in the directory has it.
        """
        from ...policies.domain.principal import require_principal

        return require_principal(self.directory, user_id)


@contextmanager
def open_assistant_for(caller: Caller, settings: "Settings | None" = None) -> Iterator["Assistant"]:
    """The assistant of the caller's data folder, closed at the end.

    Args:
        settings: other ones than the caller's.

    Raises:
        CountersignError: it cannot be opened; the message says what to do.
    """
    settings = settings or caller.settings()
    first = not (settings.home / DATABASE).exists()
    with show_working("Setting up: sample company and handbooks, once …" if first else "Opening …"):
        from ...graphs import Assistant

        assistant = Assistant.open(settings=settings)
    with assistant:
        yield assistant


@contextmanager
def open_data_folder(caller: Caller) -> Iterator[DataFolder]:
    """The records of the caller's data folder, closed at the end.

    Raises:
        StorageError: nothing has happened in that folder yet, or a database in it cannot be used.
    """
    settings = caller.settings()
    with open_governance_for(caller) as governance:
        content = caller.load_content()
        yield DataFolder(settings, governance.engine, governance, open_business(settings, content), content)


@contextmanager
def open_governance_for(caller: Caller) -> Iterator["Governance"]:
    """The log and what belongs to it alone, so that it can be proved even when nothing else opens.

    Raises:
        StorageError: nothing has happened in that folder yet, or the database cannot be used.
    """
    settings = caller.settings()
    if not settings.database_url:
        require_database(settings.home)
    from ...policies.governance import governance
    from ...policies.storage.database import open_database

    engine = open_database(settings.database)
    try:
        yield governance.open_governance(engine, settings.home.absolute())
    finally:
        engine.dispose()


def check_waiting_work(caller: Caller, governance: "Governance") -> int:
    """Compares the checkpoints of all work that waits with the log; returns how many wait.

    Raises:
        Tampered: they were changed or removed.
        StorageError: they cannot be read.
    """
    from ...graphs.runtime.resume import check_waiting, list_paused

    home = caller.settings().home.absolute()
    if (
        governance.engine.dialect.name == "sqlite"
        and not (home / CHECKPOINTS).exists()
        and not list_paused(governance.audit)
    ):
        return 0  # nothing of it was ever kept here
    from ...graphs.assistant.factory import open_checkpoints

    saver = open_checkpoints(governance.engine, home)
    try:
        return check_waiting(governance.audit, saver)
    finally:
        saver.close()


def require_database(home: Path) -> Path:
    """The database of a data folder that has been used.

    Raises:
        StorageError: there is none, so nothing could be said about what happened.
    """
    database = home.absolute() / DATABASE
    try:
        found = database.is_file()
    except OSError as error:
        raise StorageError(
            f"The data folder {home} cannot be read: {error.strerror}. Check its permissions."
        ) from error
    if not found:
        raise StorageError(
            f"There is nothing in {home.absolute()} yet. Name another data folder with --home, or begin with "
            "`countersign ask`."
        )
    return database


def open_business(settings: "Settings", content: "Content") -> "Business":
    """The business that the assistant works for; the sample company is made on first use.

    Raises:
        StorageError: they cannot be read, or the sample company cannot be made.
    """
    from ...graphs.assistant.default_content import open_default_business

    with show_working("Opening the company's records …"):
        return open_default_business(settings, content)
