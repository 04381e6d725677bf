"""Changes to business records that happen once: one transaction, marked with the idempotency key of the effect.

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
from ...connectors.port import Conflict, Record, SystemOfRecord
from ...spec import ToolContext, check_running
from .lookup import required

_MARK = re.compile(r"status: (\w+) → (\w+)")


@dataclass(frozen=True, slots=True)
class Moved:
    """A record whose status was changed."""

    id: str
    before: str
    after: str


@contextmanager
def writing(context: ToolContext) -> Iterator[SystemOfRecord]:
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


def moment(context: ToolContext) -> datetime:
    """Now, on the business day."""
    return datetime.combine(context.today, datetime.now(UTC).time(), UTC)


def hold(records: SystemOfRecord, kind: str, record: Record) -> None:
    """Makes other writers of this record wait until the transaction ends.

    SQLite has one writer at a time anyway; others let writers run side by side.

    Raises:
        Conflict: its status is no longer what was read.
    """
    same = {"status": record["status"]}
    records.update(kind, record["id"], same, same)


def mark(records: SystemOfRecord, context: ToolContext, kind: str, id: str, body: str) -> None:
    """Leaves a note with the effect's key on a record."""
    row = {
        "about_kind": kind,
        "about_id": id,
        "author": context.principal.user_id,
        "body": body,
        "at": moment(context),
    }
    records.insert("note", row, key=context.key)


def moved(records: SystemOfRecord, context: ToolContext) -> Moved | None:
    """The change of status that this effect made, or ``None`` when it made none."""
    note = records.by_key("note", context.key)
    match = _MARK.match(note["body"]) if note else None
    return Moved(note["about_id"], match[1], match[2]) if note and match else None


def move(
    context: ToolContext,
    kind: str,
    id: str,
    to: str,
    *,
    allowed: Collection[str],
    also: Mapping[str, Any] | None = None,
    check: Callable[[SystemOfRecord, Record], None] | None = None,
) -> Moved:
    """Changes the status of a record once.

    Args:
        allowed: the statuses from which it may change.
        also: other columns that change with it.
        check: raises when the record may not change; asked inside the transaction.

    Raises:
        BadInput: no such record, it has another status, or ``check`` says so.
    """
    with writing(context) as records:
        done = moved(records, context)
        if done is not None:
            return done
        record = required(records, kind, id)
        before = record["status"]
        if before not in allowed:
            raise BadInput(
                f"The {kind.replace('_', ' ')} {record['id']} is {before}; "
                f"only one that is {' or '.join(sorted(allowed))} can become {to}."
            )
        hold(records, kind, record)
        if check is not None:
            check(records, record)
        records.update(kind, record["id"], {"status": to, **(also or {})}, {"status": before})
        mark(records, context, kind, record["id"], f"status: {before} → {to}")
        return Moved(record["id"], before, to)
