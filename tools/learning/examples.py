"""Examples are what people decided, kept with where each comes from; they are only added to, and forgettable.

The audit log holds the digest of each example, so that one that was changed or slipped in behind its back trains
nothing. Forgetting removes the rows; the log keeps only digests and a count.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Engine, Index, MetaData, Table, Text, delete, insert, select

from ...memory.governance.mentions import mentions_subject
from ...policies.audit.log import AuditEvent, AuditLog
from ...policies.domain.canonical import canonicalize, compute_digest
from ...policies.errors import BadInput
from ...policies.storage.database import begin_read, begin_write, empty_log, overwrite_deleted

EXAMPLES_EVENT = "learn.examples"
metadata = MetaData()
table = Table(
    "learned_examples",
    metadata,
    Column("example_id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("task", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("content", Text, nullable=False),
    Index("learned_examples_by_task", "tenant", "task", "at"),
)
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class LearningExample:
    """One thing that a person decided.

    Attributes:
        task: the model it is an example for; ``"routing"`` for a request that was sent elsewhere than it was read.
        case_id: what it is about, e.g. an order or a ticket.
        label: ``"1"`` or ``"0"`` for a model's question, an intent for routing; empty when it says nothing of that.
        kind: approved, rejected, edited, answered, sent_back, rerouted or said.
        source: the review, run or command it comes from.
        person: user id of who decided; ``human`` is the person behind the account.
        at: ISO time.
        values: the features as they were then, as text; empty for texts, whose words stay where they are.
        subjects: ids of people and customers it is about, to be forgotten with them.
    """

    tenant: str
    task: str
    case_id: str
    label: str
    kind: str
    source: str
    person: str
    human: str
    at: str
    values: Mapping[str, str] = field(default_factory=dict)
    subjects: tuple[str, ...] = ()

    @property
    def example_id(self) -> str:
        """The same for the same decision, so that collecting twice adds nothing."""
        return compute_digest([self.tenant, self.task, self.case_id, self.source, self.human, self.kind])[:32]

    @property
    def content(self) -> str:
        """Its canonical text, which the log vouches for."""
        return canonicalize(asdict(self) | {"subjects": list(self.subjects), "values": dict(self.values)})


@dataclass(frozen=True, slots=True)
class ExampleSet:
    """Examples as read.

    Attributes:
        doubtful: how many rows were left out because the log does not vouch for them.
    """

    examples: tuple[LearningExample, ...]
    doubtful: int


class ExampleStore:
    """The examples of one installation.

    Args:
        engine: the database of the records, its schema up to date.
        audit: vouches for each example.
    """

    def __init__(self, engine: Engine, audit: AuditLog) -> None:
        self._engine = engine
        self._audit = audit

    def add(self, found: Iterable[LearningExample]) -> int:
        """Keeps those that are not kept yet, each batch in one commit with its record; returns how many were new.

        What was forgotten once does not come back. The oldest go first: broken off, it left out none before the newest.
        """
        batch = sorted({item.example_id: item for item in found}.values(), key=lambda item: item.at)
        added = 0
        for start in range(0, len(batch), _CHUNK):
            added += self._add(batch[start : start + _CHUNK])
        return added

    def _add(self, batch: Sequence[LearningExample]) -> int:
        with begin_write(self._engine) as connection:
            new: list[LearningExample] = []
            for tenant in sorted({item.tenant for item in batch}):
                mine = [item for item in batch if item.tenant == tenant]
                known = self._vouched(tenant, connection)
                fresh = [item for item in mine if item.example_id not in known]
                if not fresh:
                    continue
                body = {"examples": {item.example_id: compute_digest(item.content) for item in fresh}}
                event = AuditEvent(EXAMPLES_EVENT, "system", tenant, body=body, subject=_subject(tenant))
                self._audit.append_in(connection, event)
                new += fresh
            if new:
                rows = [
                    {"example_id": e.example_id, "tenant": e.tenant, "task": e.task, "at": e.at, "content": e.content}
                    for e in new
                ]
                connection.execute(insert(table), rows)
        return len(new)

    def known(self, tenant: str) -> frozenset[str]:
        """The ids of all examples that were ever kept, also those that were forgotten."""
        return frozenset(self._vouched(tenant, None))

    def find(self, tenant: str, task: str = "", since: datetime | None = None) -> ExampleSet:
        """The examples of a tenant, oldest first, without those that the log does not vouch for.

        Raises:
            Tampered: the log about them was changed.
        """
        query = select(table).where(table.c.tenant == tenant).order_by(table.c.at, table.c.example_id)
        if task:
            query = query.where(table.c.task == task)
        if since is not None:
            query = query.where(table.c.at >= since.isoformat())
        with begin_read(self._engine) as connection:
            vouched = self._vouched(tenant, connection)
            rows = connection.execute(query).all()
        found, doubtful = [], 0
        for row in rows:
            example = _read(row.content) if vouched.get(row.example_id) == compute_digest(row.content) else None
            fits = example is not None and (example.tenant, example.task, example.at) == (row.tenant, row.task, row.at)
            if example is not None and fits:
                found.append(example)
            else:
                doubtful += 1
        return ExampleSet(tuple(found), doubtful)

    def forget(self, tenant: str, subject: str, by: str, *, own: bool = False) -> int:
        """Erases what is about a person, or was decided by them; returns how many examples.

        Models that were trained on them stay until they are trained anew; their digests say on how many.

        Args:
            own: only what the person decided.

        Raises:
            BadInput: nobody is named.
        """
        subject = subject.strip()
        if not subject:
            raise BadInput("Nobody is named. Give the id of the person to forget.")
        with begin_write(self._engine, durable=True) as connection:
            overwrite_deleted(connection)
            rows = connection.execute(select(table.c.example_id, table.c.content).where(table.c.tenant == tenant)).all()
            gone = [row.example_id for row in rows if _names(row.content, subject, own)]
            for start in range(0, len(gone), _CHUNK):
                connection.execute(delete(table).where(table.c.example_id.in_(gone[start : start + _CHUNK])))
            if gone:
                body = {"erased": len(gone)}
                self._audit.append_in(connection, AuditEvent("learn.forgotten", by, tenant, body=body))
        empty_log(self._engine)
        return len(gone)

    def _vouched(self, tenant: str, connection: Any) -> dict[str, str]:
        found: dict[str, str] = {}
        for record in self._audit.records_about(_subject(tenant), connection):
            found |= record.data["examples"]
        return found


def _read(content: str) -> LearningExample | None:
    try:
        kept = json.loads(content)
        return LearningExample(**kept | {"subjects": tuple(kept["subjects"])})
    except (ValueError, TypeError, KeyError):
        return None


def _names(content: str, subject: str, decided: bool) -> bool:
    """Whether an example is about this person, was decided by them, or says their id in its words."""
    example = _read(content)
    if decided:
        return example is not None and subject in (example.person, example.human)
    if example is None:
        return subject in content
    own = (example.person, example.human, example.case_id, *example.subjects)
    return subject in own or any(mentions_subject(subject, value, cased=False) for value in example.values.values())


def _subject(tenant: str) -> str:
    return f"examples/{tenant}"
