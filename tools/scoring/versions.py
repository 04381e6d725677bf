"""The audit log says which version of a trained model is in force or paused; a table keeps the versions.

A model is only added to the table, under its digest. The log says which digest is in force; a row that was changed no
longer has its digest and is used for nothing. Until a first adoption it is the model that came with this version.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import Column, Connection, Engine, MetaData, Table, Text, insert, select

from ...policies.audit.log import AuditEvent, AuditLog, AuditRecord
from ...policies.domain.canonical import canonicalize
from ...policies.errors import BadInput, CountersignError
from ...policies.storage.database import begin_read, begin_write

MODEL_EVENT = "model"
ADOPTED, ROLLED_BACK, PAUSED, RESUMED = "adopted", "rolled back", "paused", "resumed"
SHIPPED = "shipped"
"""Stands for the digest of the model that came with this version."""
metadata = MetaData()
table = Table(
    "learned_models",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("task", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("kept_at", Text, nullable=False),
)


class TrainedModel(Protocol):
    """A trained model as it is kept: what it is for, which version, and its contents under their digest."""

    @property
    def task(self) -> str:
        """What it is for."""

    @property
    def version(self) -> int:
        """Counts up with each training that was adopted."""

    @property
    def digest(self) -> str:
        """SHA-256 over :meth:`record`."""

    def record(self) -> dict[str, Any]:
        """All that it is, as plain JSON data without binary floats."""


ModelT = TypeVar("ModelT", bound=TrainedModel)
StandingModelT = TypeVar("StandingModelT", bound=TrainedModel, covariant=True)


@dataclass(frozen=True, slots=True)
class ModelStanding(Generic[StandingModelT]):
    """How one model stands in one tenant.

    Attributes:
        model: in force; ``None`` when it cannot be used.
        paused: why it gives no score, in words; empty while it does.
        seq: of the newest record of the log about it; 0 when there is none.
        before: the digest of the model that was in force before, ``"shipped"`` for the one of this version, or empty.
        in_force: likewise of the one in force.
    """

    task: str
    model: StandingModelT | None
    paused: str
    seq: int
    before: str
    in_force: str = SHIPPED


class VersionConflict(CountersignError):
    """Another change of the model in force came first; look again."""


class ModelVersions(ABC, Generic[ModelT]):
    """The models of one kind in one installation.

    Args:
        engine: the database of the records, its schema up to date.
        audit: says what is in force.
    """

    tasks: frozenset[str]
    """What there are models of."""

    def __init__(self, engine: Engine, audit: AuditLog) -> None:
        self._engine = engine
        self._audit = audit
        self._models: dict[str, ModelT] = {}

    @abstractmethod
    def load_shipped(self, task: str) -> ModelT:
        """The model of a task as it came with this version.

        Raises:
            BadInput: it is missing or was changed.
        """

    @abstractmethod
    def parse_model(self, content: str, task: str) -> ModelT:
        """A model from what was kept of it.

        Raises:
            BadInput: it cannot be read, or is a model of something else.
        """

    @abstractmethod
    def check(self, task: str, model: ModelT) -> None:
        """Refuses a model that does not fit this version any more.

        Raises:
            BadInput: it does not.
        """

    def get_standing(self, tenant: str, task: str, connection: Connection | None = None) -> ModelStanding[ModelT]:
        """How a model stands now.

        Raises:
            Tampered: the log about it was changed.
            StorageError: the log cannot be read.
        """
        records = self.changes(tenant, task, connection)
        ruling = [item for item in records if item.data["what"] in (ADOPTED, ROLLED_BACK)]
        last = ruling[-1].data if ruling else {}
        paused = next((item.data for item in reversed(records) if item.data["what"] != ROLLED_BACK), {})
        reason = str(paused.get("reason", "")) if paused.get("what") == PAUSED else ""
        seq, before, named = records[-1].seq if records else 0, _find_former(ruling), str(last.get("digest", SHIPPED))
        try:
            model = self.load(task, named, connection)
        except BadInput as error:
            return ModelStanding(task, None, str(error), seq, before, named)
        return ModelStanding(task, model, reason, seq, before, named)

    def load(self, task: str, digest: str, connection: Connection | None = None) -> ModelT:
        """A model that was kept, by its digest.

        Args:
            digest: ``"shipped"`` for the one that came with this version.

        Raises:
            BadInput: it is gone, was changed, or needs features that there are no more.
        """
        found = self._models.get(f"{task}/{digest}")
        if found is None:
            found = self.load_shipped(task) if digest == SHIPPED else self._read(task, digest, connection)
            self._models[f"{task}/{digest}"] = found
        self.check(task, found)
        return found

    def changes(self, tenant: str, task: str, connection: Connection | None = None) -> list[AuditRecord]:
        """Every change of what is in force, oldest first, each checked against its hash."""
        return self._audit.records_about(_subject(tenant, task), connection)

    def next_version(self, tenant: str, task: str, least: int) -> int:
        """The number of the next model: above all that were ever in force, and above ``least``."""
        return 1 + max([least, *(int(record.data.get("version", 0)) for record in self.changes(tenant, task))])

    def change(
        self,
        tenant: str,
        task: str,
        what: str,
        by: str,
        expected: int,
        body: Mapping[str, Any],
        *,
        model: ModelT | None = None,
        now: datetime,
    ) -> None:
        """Puts a model in force, back, on pause or to work again, in one commit with its record in the log.

        Args:
            expected: the ``seq`` of the standing that this follows from.
            model: to keep under its digest (adopted).

        Raises:
            Overtaken: another change came first.
        """
        with begin_write(self._engine, durable=True) as connection:
            records = self.changes(tenant, task, connection)
            if (records[-1].seq if records else 0) != expected:
                raise VersionConflict(f"The model of {task} was changed meanwhile; look at it again and repeat.")
            if model is not None:
                self._keep(connection, model, now)
            told = {"what": what, "task": task, **body}
            self._audit.append_in(
                connection, AuditEvent(MODEL_EVENT, by, tenant, body=told, subject=_subject(tenant, task))
            )

    def keep(self, model: ModelT, now: datetime) -> None:
        """Keeps a candidate, so that people can sign exactly it."""
        with begin_write(self._engine) as connection:
            self._keep(connection, model, now)

    def _keep(self, connection: Connection, model: ModelT, now: datetime) -> None:
        known = connection.execute(select(table.c.digest).where(table.c.digest == model.digest)).scalar()
        if known is None:
            content = canonicalize(model.record() | {"digest": model.digest})
            row = {"digest": model.digest, "task": model.task, "content": content, "kept_at": now.isoformat()}
            connection.execute(insert(table), row)

    def _read(self, task: str, digest: str, connection: Connection | None) -> ModelT:
        query = select(table.c.content).where(table.c.digest == digest)
        if connection is None:
            with begin_read(self._engine) as own:
                content = own.execute(query).scalar()
        else:
            content = connection.execute(query).scalar()
        if content is None:
            raise BadInput(f"The model {task} {digest[:12]} is gone from the database; restore it from a backup.")
        model = self.parse_model(str(content), task)
        if model.digest != digest:
            raise BadInput(f"The model {task} {digest[:12]} was changed in the database; restore it from a backup.")
        return model


def _subject(tenant: str, task: str) -> str:
    return f"{MODEL_EVENT}/{tenant}/{task}"


def _find_former(ruling: list[AuditRecord]) -> str:
    """The digest of the model to go back to: rolling back twice goes back twice, not to and fro."""
    trail: list[str] = []
    for record in ruling:
        if record.data["what"] == ADOPTED:
            trail.append(str(record.data.get("from", SHIPPED)))
        elif trail:
            trail.pop()
    return trail[-1] if trail else ""
