"""Changes to business records happen once: one transaction, marked with the idempotency key of the effect.

A new record carries the key itself. A change of an existing one leaves a note with the key in the same transaction, so
that whoever asks later finds out whether it happened and how the record was before.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ....policies.errors import BadInput
from ...connectors.port import BusinessRecord, Conflict, SystemOfRecord
from ...spec import ToolContext, check_running
from .lookup import require_record

_MARK = re.compile(r"status: (\w+) → (\w+)")


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A record whose status was changed."""

    id: str
    before: str
    after: str


@contextmanager
def begin_change(context: ToolContext) -> Iterator[SystemOfRecord]:
    """One transaction on the system of record.

    Raises:
        BadInput: a record changed under our hands; everything was rolled back, so surely nothing happened.
        NotAllowed: no tool runs under this context, e.g. because a body was taken out of its spec and called.
    """
    check_running(context)
    try:
        with context.services.records.transaction() as records:
            yield records
    except Conflict as conflict:
        raise BadInput(f"{conflict} Nothing was changed.") from conflict


def get_now(context: ToolContext) -> datetime:
    """Now, on the business day."""
    return datetime.combine(context.today, datetime.now(UTC).time(), UTC)


def lock_record(records: SystemOfRecord, kind: str, record: BusinessRecord) -> None:
    """Makes other writers of this record wait until the transaction ends.

    SQLite has one writer at a time anyway; others let writers run side by side.

    Raises:
        Conflict: its status is no longer what was read.
    """
    same = {"status": record["status"]}
    records.update(kind, record["id"], same, same)


def mark_record(records: SystemOfRecord, context: ToolContext, kind: str, id: str, body: str) -> None:
    """Leaves a note with the effect's key on a record."""
    row = {
        "about_kind": kind,
        "about_id": id,
        "author": context.principal.user_id,
        "body": body,
        "at": get_now(context),
    }
    records.insert("note", row, key=context.key)


def find_status_change(records: SystemOfRecord, context: ToolContext) -> StatusChange | None:
    """The change of status that this effect made, or ``None`` when it made none."""
    note = records.by_key("note", context.key)
    match = _MARK.match(note["body"]) if note else None
    return StatusChange(note["about_id"], match[1], match[2]) if note and match else None


def change_status(
    context: ToolContext,
    kind: str,
    id: str,
    to: str,
    *,
    allowed: Collection[str],
    also: Mapping[str, Any] | None = None,
    check: Callable[[SystemOfRecord, BusinessRecord], None] | None = None,
) -> StatusChange:
    """Changes the status of a record once.

    Args:
        allowed: the statuses from which it may change.
        also: other columns that change with it.
        check: raises when the record may not change; asked inside the transaction.

    Raises:
        BadInput: no such record, it has another status, or ``check`` says so.
    """
    with begin_change(context) as records:
        done = find_status_change(records, context)
        if done is not None:
            return done
        record = require_record(records, kind, id)
        before = record["status"]
        if before not in allowed:
            raise BadInput(
                f"The {kind.replace('_', ' ')} {record['id']} is {before}; "
                f"only one that is {' or '.join(sorted(allowed))} can become {to}."
            )
        lock_record(records, kind, record)
        if check is not None:
            check(records, record)
        records.update(kind, record["id"], {"status": to, **(also or {})}, {"status": before})
        mark_record(records, context, kind, record["id"], f"status: {before} → {to}")
        return StatusChange(record["id"], before, to)
