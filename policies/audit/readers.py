"""This module says who may read which records of the audit log; without a role one reads only one's own."""

from collections.abc import Iterable, Iterator

from ..domain.principal import Principal
from ..domain.suggestions import suggest_word
from ..errors import BadInput, NotAllowed
from .chain import AuditRecord
from .log import AuditLog

READER_ROLES = frozenset({"auditor", "policy_owner"})
RECORD_KINDS = frozenset(
    {
        "audit.exported",
        "budget.alert",
        "budget.reached",
        "decision",
        "effect.failed",
        "effect.in_doubt",
        "effect.intended",
        "effect.started",
        "effect.succeeded",
        "extensions",
        "history.indexed",
        "key.added",
        "key.revoked",
        "learn.examples",
        "learn.forgotten",
        "learn.run",
        "memory.added",
        "memory.erased",
        "memory.erasing",
        "memory.exported",
        "memory.failed",
        "memory.ingested",
        "memory.ingesting",
        "memory.refused",
        "message",
        "model",
        "model.answer",
        "model.refused",
        "model.unavailable",
        "plan",
        "policy",
        "policy.proposed",
        "rate.limited",
        "reply",
        "reply.doubted",
        "review.answered",
        "review.escalated",
        "review.expired",
        "review.lapsed",
        "review.opened",
        "review.refused",
        "review.reminded",
        "review.withdrawn",
        "run.resumed",
        "run.waiting",
        "stage",
        "tool.refused",
        "tool.result",
        "untrusted.flagged",
        "vault.erased",
    }
)
"""All kinds of record that this version writes; who adds tools or nodes may write others."""


def may_read_all(reader: Principal) -> bool:
    """Whether this principal may read the whole log of their tenant."""
    return bool(reader.roles & READER_ROLES)


def make_thread_prefix(reader: Principal) -> str:
    """How the names of this principal's conversations begin."""
    return f"{reader.tenant}/{reader.user_id}/"


def may_read(reader: Principal, record: AuditRecord) -> bool:
    """Whether this principal may read a record."""
    return record.tenant == reader.tenant and (
        may_read_all(reader) or record.thread.startswith(make_thread_prefix(reader))
    )


def list_records(
    audit: AuditLog, reader: Principal, *, thread: str = "", run: str = "", kind: str = ""
) -> Iterator[AuditRecord]:
    """The records that match and that this principal may read, oldest first.

    Args:
        thread: the whole name, or the short name of one's own conversation.

    Raises:
        NotAllowed: the conversation is somebody else's.
    """
    own = make_thread_prefix(reader)
    wanted = thread if not thread or thread.startswith(f"{reader.tenant}/") else own + thread
    if wanted and not may_read_all(reader) and not wanted.startswith(own):
        raise NotAllowed(f"The conversation {thread} is somebody else's; you see only your own in the log.")
    for record in audit.records(tenant=reader.tenant, thread=wanted or None, run=run or None, kind=kind or None):
        if may_read(reader, record):
            yield record


def list_run_records(
    audit: AuditLog, run: str, kinds: Iterable[str] | None = None, reader: Principal | None = None
) -> list[AuditRecord]:
    """The records of one run, oldest first.

    Args:
        kinds: only records of these kinds; all by default.
        reader: who reads; ``None`` for the owner of the data folder, who may read everything.

    Raises:
        BadInput: there is no such run where the reader may know of it, or no such kind.
        NotAllowed: the run is somebody else's.
    """
    tenant = reader.tenant if reader else None
    wanted = (kinds,) if isinstance(kinds, str) else None if kinds is None else tuple(kinds)
    for kind in wanted or ():
        if not isinstance(kind, str):
            raise BadInput(f"A kind of audit record is a text, not {kind!r}; such as {min(RECORD_KINDS)!r}.")
        if kind not in RECORD_KINDS and next(audit.records(tenant=tenant, kind=kind), None) is None:
            raise BadInput(f"No audit record is of the kind {kind!r}.{suggest_word(kind, sorted(RECORD_KINDS))}")
    found = list(audit.records(tenant=tenant, run=run)) if run else []
    if not found:
        raise BadInput(f"There is no run {run!r} in the audit log; a turn names its own as `run`.")
    readable = [record for record in found if reader is None or may_read(reader, record)]
    if not readable:
        raise NotAllowed(f"The run {run} is somebody else's; you see only your own in the log.")
    return [record for record in readable if wanted is None or record.kind in wanted]
