"""The records of the audit log form one chain; this module says what a hash covers and where the chain ends.

Each record carries the SHA-256 of its own canonical text together with the hash of the record before it, so a change,
deletion, swap or reordering breaks the chain. The head says which record is the newest; a log whose newest record is
another one was cut off.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Index, MetaData, Table, Text, select

from ..domain.canonical import canonicalize
from ..errors import BadInput, Tampered

GENESIS = "0" * 64
HASHED_FIELDS = ("seq", "at", "kind", "tenant", "thread", "run", "actor", "subject", "body")

metadata = MetaData()
audit_log = Table(
    "audit_log",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("thread", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index("audit_by_thread", "thread", "seq"),
    Index("audit_by_run", "run", "seq"),
    Index("audit_by_subject", "subject", "seq"),
    Index("audit_by_kind", "tenant", "kind", "seq"),
)
audit_head = Table(
    "audit_head",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
    Column("signed", BigInteger, nullable=False),  # the record that the newest signed head names
)


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """Something that happened and must be remembered.

    Attributes:
        kind: what happened, e.g. ``"decision"``, ``"tool.result"``, ``"review.answered"``.
        actor: who did it: a user id, ``"agent:support"`` or ``"system"``.
        subject: what it is about, for :meth:`.log.AuditLog.records_about`: the digest of a proposal, or nothing.
        body: the evidence, plain data without binary floats.
    """

    kind: str
    actor: str
    tenant: str
    thread: str = ""
    run: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)
    subject: str = ""


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One event as it stands in the chain."""

    seq: int
    at: str
    kind: str
    tenant: str
    thread: str
    run: str
    actor: str
    subject: str
    body: str
    hash: str

    @property
    def data(self) -> dict[str, Any]:
        """The body as data."""
        loaded: dict[str, Any] = json.loads(self.body)
        return loaded


def hash_record(previous: str, row: Mapping[str, Any]) -> str:
    """The hash of a record with these fields after the record with the previous hash.

    Args:
        row: has at least the fields of :data:`HASHED_FIELDS`.
    """
    content = {key: row[key] for key in HASHED_FIELDS}
    return hashlib.sha256(f"{previous}\n{canonicalize(content)}".encode()).hexdigest()


def check_link(previous: str, record: AuditRecord) -> str:
    """The hash of a record, if it is the one that its content has after the record with the previous hash.

    Raises:
        Tampered: it is another one.
    """
    try:
        expected = hash_record(previous, {key: getattr(record, key) for key in HASHED_FIELDS})
    except BadInput:
        raise Tampered(f"Audit record {record.seq} holds what was never written there; it was changed.") from None
    if record.hash != expected:
        raise Tampered(
            f"Audit record {record.seq} ({record.kind}, {record.at}) does not match its hash; it was changed."
        )
    return expected


def verify_chain(records: Iterable[AuditRecord], expected_head: tuple[int, str]) -> int:
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
        previous = check_link(previous, record)
        met = met or expected_head == (seq, previous)
    if not met:
        raise Tampered(
            f"The audit log ends at record {seq}, not at {expected_head[0]} as its head says; records were removed."
        )
    return seq


# Made once: making a statement costs more than running it.
_NEWEST = select(audit_log.c.hash).where(audit_log.c.seq == audit_head.c.seq).scalar_subquery().label("written")
_HEAD = select(audit_head.c.seq, audit_head.c.hash, _NEWEST).where(audit_head.c.id == 1)


def read_chain_end(connection: Connection) -> tuple[int, str] | None:
    """The number and hash that the log ends with, as its head says; ``None`` before the first record."""
    row = connection.execute(_HEAD).first()
    return (row.seq, row.hash) if row else None


def read_checked_end(connection: Connection) -> tuple[int, str] | None:
    """The end of the log, if the newest record is the one that the head names.

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
