"""The audit log: an append-only hash chain in SQL that remembers every step.

Each record carries the SHA-256 of its own canonical text together with the hash of the record before it, and the head
(last number and hash) stands in a table of its own; a change, deletion, swap or reordering breaks the chain. From time
to time the head is signed (see ``heads``), so that a chain that was cut off or written anew is found out too.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    MetaData,
    Table,
    Text,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from .canonical import canonical
from .database import reading, writing
from .errors import BadInput, Tampered
from .heads import Heads, SignedHead
from .tables import make_missing

GENESIS = "0" * 64
CONTENT = ("seq", "at", "kind", "tenant", "thread", "run", "actor", "body")

metadata = MetaData()
log = Table(
    "audit_log",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("thread", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index("audit_by_thread", "thread", "seq"),
    Index("audit_by_run", "run", "seq"),
    Index("audit_by_kind", "tenant", "kind", "seq"),
)
head = Table(
    "audit_head",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
)

# Made once: making a statement costs more than running it.
_NEWEST = select(log.c.hash).where(log.c.seq == head.c.seq).scalar_subquery().label("written")
_HEAD = select(head.c.seq, head.c.hash, _NEWEST).where(head.c.id == 1)
_ADD = insert(log)
_FIRST = insert(head).values(id=1, seq=bindparam("new_seq"), hash=bindparam("new_hash"))
_MOVE = update(head).where(head.c.id == 1).values(seq=bindparam("new_seq"), hash=bindparam("new_hash"))


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened and must be remembered.

    Attributes:
        kind: what happened, e.g. ``"decision"``, ``"tool.result"``, ``"review.answered"``.
        actor: who did it: a user id, ``"agent:support"`` or ``"system"``.
        body: the evidence, plain data without binary floats.
    """

    kind: str
    actor: str
    tenant: str
    thread: str = ""
    run: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """One event as it stands in the chain."""

    seq: int
    at: str
    kind: str
    tenant: str
    thread: str
    run: str
    actor: str
    body: str
    hash: str

    @property
    def data(self) -> dict[str, Any]:
        """The body as data."""
        loaded: dict[str, Any] = json.loads(self.body)
        return loaded


def link(previous: str, row: Mapping[str, Any]) -> str:
    """The hash of a record with these fields after the record with the previous hash.

    Args:
        row: has at least the fields of :data:`CONTENT`.
    """
    content = {key: row[key] for key in CONTENT}
    return hashlib.sha256(f"{previous}\n{canonical(content)}".encode()).hexdigest()


class Audit:
    """The log in one database.

    Args:
        engine: from :func:`countersign.policies.database.open_database`; the tables are made when missing.
        heads: of this log, in the same database. Without them a log that was cut off at its end looks whole.
    """

    def __init__(self, engine: Engine, heads: Heads | None = None) -> None:
        self._engine = engine
        self._heads = heads
        make_missing(engine, metadata)

    def append(self, *events: Event, durable: bool = False) -> None:
        """Adds events in one commit.

        Raises:
            StorageError: they could not be written; whatever depends on them must not run.
        """
        with writing(self._engine, durable=durable) as connection:
            self.append_in(connection, *events)

    def append_in(self, connection: Connection, *events: Event) -> None:
        """Adds events to the caller's transaction, so that an effect and its record stand or fall together.

        Args:
            connection: from :func:`countersign.policies.database.writing`, which makes writers queue.

        Raises:
            Tampered: the end of the log was changed.
            StorageError: the head cannot be signed although it is due.
        """
        last = _sound_head(connection)
        seq, previous = last or (0, GENESIS)
        at = datetime.now(UTC).isoformat(timespec="microseconds")
        rows = []
        for event in events:
            seq += 1
            row = {
                "seq": seq,
                "at": at,
                "kind": event.kind,
                "tenant": event.tenant,
                "thread": event.thread,
                "run": event.run,
                "actor": event.actor,
                "body": canonical(event.body),
            }
            previous = row["hash"] = link(previous, row)
            rows.append(row)
        if not rows:
            return
        try:
            connection.execute(_ADD, rows if len(rows) > 1 else rows[0])
        except IntegrityError as error:
            raise Tampered(
                f"The audit log holds record {rows[0]['seq']} already, which its head does not know of: one of them "
                "was changed. Nothing can be recorded, so nothing runs; restore the database from a backup."
            ) from error
        connection.execute(_MOVE if last else _FIRST, {"new_seq": seq, "new_hash": previous})
        if self._heads is not None and self._heads.due(seq - len(rows) + 1, seq, (event.kind for event in events)):
            self._heads.sign_in(connection, seq, previous, at)

    def records(
        self, *, tenant: str | None = None, thread: str | None = None, run: str | None = None, kind: str | None = None
    ) -> Iterator[Record]:
        """The records that match, oldest first."""
        query = select(log).order_by(log.c.seq)
        for column, wanted in ((log.c.tenant, tenant), (log.c.thread, thread), (log.c.run, run), (log.c.kind, kind)):
            if wanted is not None:
                query = query.where(column == wanted)
        with (
            reading(self._engine, streaming=True) as connection,
            connection.execution_options(yield_per=500).execute(query) as rows,
        ):
            for row in rows:
                yield Record(**row._mapping)

    def last(self, kind: str, *, tenant: str) -> Record | None:
        """The newest record of a kind."""
        query = select(log).where(log.c.kind == kind, log.c.tenant == tenant).order_by(log.c.seq.desc()).limit(1)
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        return None if row is None else Record(**row._mapping)

    def seal(self) -> None:
        """Signs the head of the log as it stands and keeps a copy of it; for the end of a session.

        Raises:
            StorageError: it cannot be signed or kept.
            Tampered: the end of the log was changed.
        """
        if self._heads is None:
            return
        with reading(self._engine) as connection:
            last, kept = _head(connection), self._heads.kept()
        if last is None or (kept is not None and kept.seq >= last[0]):
            return
        with writing(self._engine, durable=True) as connection:
            seq, hash_ = _sound_head(connection) or (0, GENESIS)
            # Written again, so that this commit also brings those before it to disk: no copy may be ahead of the log.
            connection.execute(_MOVE, {"new_seq": seq, "new_hash": hash_})
            self._heads.sign_in(connection, seq, hash_, datetime.now(UTC).isoformat(timespec="microseconds"))
        self._heads.keep()

    def verify(self, *copies: SignedHead) -> int:
        """Walks the whole chain and compares it with all signed heads.

        Args:
            copies: signed heads that were kept elsewhere.

        Returns:
            How many records stand in it.

        Raises:
            Tampered: naming the first record that does not fit.
            BadInput: copies of heads were given, but this log has no keys to check them with.
        """
        if copies and self._heads is None:
            raise BadInput("Without the installation's keys no signed head can be checked.")
        with reading(self._engine) as connection:
            before = _head(connection) or (0, GENESIS)
        records = self.records()
        walked = verify_chain(self._heads.watched(records, *copies) if self._heads else records, before)
        with reading(self._engine) as connection:
            after = _head(connection) or (0, GENESIS)
        if walked > after[0]:
            raise Tampered(
                f"The head of the audit log stands at record {after[0]}, but the log holds {walked}; it was set back."
            )
        return walked


def _head(connection: Connection) -> tuple[int, str] | None:
    row = connection.execute(_HEAD).first()
    return (row.seq, row.hash) if row else None


def _sound_head(connection: Connection) -> tuple[int, str] | None:
    """The head, if the newest record is the one it names.

    Raises:
        Tampered: it is another one, or missing.
    """
    row = connection.execute(_HEAD).first()
    if row is not None and row.written != row.hash:
        raise Tampered(
            f"The newest record of the audit log, {row.seq}, {'was changed' if row.written else 'is missing'}. "
            "Nothing can be recorded, so nothing runs; restore the database from a backup."
        )
    return (row.seq, row.hash) if row else None


def verify_chain(records: Iterable[Record], expected_head: tuple[int, str]) -> int:
    """Checks that records form one unbroken chain that ends at the expected head.

    Records newer than the head was when it was read are allowed: the log may grow while it is checked.

    Raises:
        Tampered: naming the first record that does not fit.
    """
    seq, previous = 0, GENESIS
    met = expected_head == (seq, previous)
    for record in records:
        seq += 1
        if record.seq != seq:
            raise Tampered(f"Audit record {seq} is missing (found {record.seq} in its place); the log was changed.")
        try:
            previous = link(previous, {key: getattr(record, key) for key in CONTENT})
        except BadInput:
            raise Tampered(f"Audit record {seq} holds what was never written there; it was changed.") from None
        if record.hash != previous:
            raise Tampered(f"Audit record {seq} ({record.kind}, {record.at}) does not match its hash; it was changed.")
        met = met or expected_head == (seq, previous)
    if not met:
        raise Tampered(
            f"The audit log ends at record {seq}, not at {expected_head[0]} as its head says; records were removed."
        )
    return seq
