"""An entry is one side effect, as a value and as a row of the ledger's table."""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Index, Integer, MetaData, Row, Table, Text

from ...policies.errors import Tampered
from ...policies.storage.process import is_running
from ..outcome import GRANT_LIFETIME, Grant

metadata = MetaData()
table = Table(
    "ledger",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("tool", Text, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("thread", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("arguments", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("grant_ref", Text),
    Column("worker", Text),
    Column("lease_until", Text),
    Column("attempts", Integer, nullable=False, default=0),
    Column("result", Text),
    Column("message", Text),
    Column("settled_by", Text),
    Column("intended_at", Text, nullable=False),
    Column("started_at", Text),
    Column("ended_at", Text),
    Index("ledger_by_run", "run"),
    Index("ledger_by_state", "state"),
    Index("ledger_by_tool", "tenant", "tool", "ended_at"),
)


class EffectState(StrEnum):
    """How far an effect has come."""

    INTENDED = "intended"
    STARTED = "started"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"

    @property
    def known(self) -> bool:
        """Whether the outcome is certain."""
        return self in (EffectState.SUCCEEDED, EffectState.FAILED)


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One side effect as the ledger has it.

    ``settled_by`` says how a doubt was reconciled: ``"system"`` when the system could tell, else the id of the review
    in which a person did.
    """

    digest: str
    tool: str
    tenant: str
    user_id: str
    thread: str
    run: str
    arguments: str
    state: EffectState
    grant_ref: str | None
    worker: str | None
    lease_until: str | None
    attempts: int
    result: Mapping[str, Any] | None
    message: str | None
    settled_by: str | None
    intended_at: str
    started_at: str | None
    ended_at: str | None

    @property
    def begun(self) -> bool:
        """Whether it was started and its end is not known."""
        return self.state in (EffectState.STARTED, EffectState.IN_DOUBT)

    def abandoned(self, now: datetime) -> bool:
        """Whether the worker that started it is gone: dead on this host, or past its lease anywhere."""
        if self.lease_until is not None and self.lease_until <= now.isoformat():
            return True
        return self.worker is not None and not is_running(self.worker)


def read_sound_entries(rows: Iterable[Row[Any]]) -> list[LedgerEntry]:
    """The effects in these rows, without those that cannot be read, so that one keeps no other from being seen."""
    found = []
    for row in rows:
        with suppress(Tampered):
            found.append(read_entry(row))
    return found


def read_entry(row: Row[Any]) -> LedgerEntry:
    """The effect in a row.

    Raises:
        Tampered: it holds what was never written there.
    """
    try:
        return _read(row)
    except (ValueError, TypeError):
        raise Tampered(f"The ledger's row {str(row.digest)[:40]} cannot be read; it was changed.") from None


def _read(row: Row[Any]) -> LedgerEntry:
    return LedgerEntry(
        digest=row.digest,
        tool=row.tool,
        tenant=row.tenant,
        user_id=row.user_id,
        thread=row.thread,
        run=row.run,
        arguments=row.arguments,
        state=EffectState(row.state),
        grant_ref=row.grant_ref,
        worker=row.worker,
        lease_until=row.lease_until,
        attempts=row.attempts,
        result=None if row.result is None else json.loads(row.result),
        message=row.message,
        settled_by=row.settled_by,
        intended_at=row.intended_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )


def check_grant_age(entry: LedgerEntry | None, grant: Grant, now: datetime) -> str | None:
    """Why policy's own allowance is too old to be used, or ``None``; a review's age is looked at with the review."""
    if entry is None or grant.review_id or now - datetime.fromisoformat(entry.intended_at) <= GRANT_LIFETIME:
        return None
    return f"Policy allowed this on {entry.intended_at[:16]} UTC, which is too long ago to act on; ask again."
