"""A person or a source is forgotten: what memory holds goes, and the receipt says where else it had come to.

Prompts and results of tools stand in the audit log with the ids and marks of recalled items, so nothing of these has to
go; a tombstone is added. What a reply said or quoted stays, and the receipt names its run (docs/decisions/0018). A run
that has not ended keeps what it recalled, sealed, until it does; then its checkpoints are deleted.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from langgraph.checkpoint.base import BaseCheckpointSaver

from ...memory.governance.erasure import ErasureReceipt
from ...memory.records.scope import hash_name
from ...policies.audit.log import AuditEvent
from ...policies.domain.principal import Principal
from ...policies.errors import Tampered
from ..runtime.driver import make_config
from ..runtime.run import RunState

if TYPE_CHECKING:
    from .session import AsyncAssistant

_OPEN = (RunState.WAITING, RunState.RUNNING)


@dataclass(frozen=True, slots=True)
class ErasureProof:
    """Proof of an erasure, without saying again what was erased.

    Attributes:
        receipt: what was erased from memory, by earlier attempts that were broken off too.
        waiting: runs that have not ended, most of them because they wait for people, and hold some of it until then.
        runs_given: runs that were given some of it; what they replied, quotations too, stays in the log and the
            conversation.
        examples: how many examples of what people decided are gone, of which models learn.
        uploads: documents that people attached to conversations and that name the person; they stay with these.
        named_sources: of how many erased files and other sources the log holds the name, since it says what was
            brought in.
    """

    receipt: ErasureReceipt
    waiting: tuple[str, ...]
    runs_given: tuple[str, ...]
    examples: int = 0
    uploads: tuple[str, ...] = ()
    named_sources: int = 0

    def record(self) -> dict[str, Any]:
        """As plain JSON data; this is the tombstone."""
        receipt = self.receipt
        counts = {"subject": receipt.subject, "erased": receipt.erased, "kept": receipt.kept, "ours": receipt.ours}
        return counts | {
            "uploads": list(self.uploads),
            "waiting": list(self.waiting),
            "used": list(self.runs_given),
            "examples": self.examples,
            "named": self.named_sources,
            "traces": receipt.traces,
        }


def erase_traces(
    assistant: "AsyncAssistant", principal: Principal, what: str, *, source: bool = False, own: bool = False
) -> ErasureProof:
    """Erases a person, or what came from a source, in the principal's tenant. Who may is the caller's to check.

    Args:
        what: the person's id, or with ``source`` the source's name.
        own: of a person only what they brought, decided or alone can see, not what others noted about them.

    Raises:
        BadInput: nothing is named.
        StorageError: it could not be erased or written down.
    """
    services, memory, what = assistant.services, assistant.services.memory, what.strip()

    def told(ids: frozenset[str], sources: frozenset[str]) -> None:
        # Before anything goes: if this is broken off, the next run has to say what was erased.
        body = {"subject": hash_name(what), "ids": sorted(ids), "sources": sorted(map(hash_name, sources))}
        services.audit.append(AuditEvent("memory.erasing", principal.user_id, principal.tenant, body=body))

    before, sources = _find_broken_off(assistant, principal.tenant, hash_name(what))
    erase = (
        partial(memory.forget_source, principal, what) if source else partial(memory.forget, principal, what, own=own)
    )
    receipt = erase(told=told)
    before -= receipt.ids | memory.rows.find_present(before)
    receipt = replace(receipt, erased=receipt.erased + len(before), ids=receipt.ids | before)
    used = _find_runs_given(assistant, principal.tenant, receipt.ids)
    waiting = tuple(run for run in _list_waiting(assistant, principal.tenant) if _holds(assistant, run, receipt.ids))
    learning = None if source else services.learning
    gone = 0
    if learning:
        with suppress(Tampered):  # then nothing is collected, now or later
            learning.collect(principal.tenant)  # what is not yet would be learned afterwards
        gone = learning.examples.forget(principal.tenant, what, principal.user_id, own=own)
    uploads = (
        () if source else services.documents.find_mentioning(principal.tenant, what, principal.user_id if own else "")
    )
    named = _count_named(assistant, principal.tenant, sources | set(map(hash_name, receipt.sources)))
    found = ErasureProof(receipt, waiting, used, gone, uploads, named)
    services.audit.append(AuditEvent("memory.erased", principal.user_id, principal.tenant, body=found.record()))
    return found


def _find_broken_off(assistant: "AsyncAssistant", tenant: str, subject: str) -> tuple[frozenset[str], frozenset[str]]:
    """What earlier erasures of the same began to erase without coming to their end: ids, and hashes of sources."""
    ids, sources = set[str](), set[str]()
    for record in assistant.services.audit.records(tenant=tenant, kind=("memory.erasing", "memory.erased")):
        if record.data["subject"] != subject:
            continue
        if record.kind == "memory.erased":
            ids, sources = set(), set()
        else:
            ids.update(record.data.get("ids", ()))
            sources.update(record.data.get("sources", ()))
    return frozenset(ids), frozenset(sources)


def _find_runs_given(assistant: "AsyncAssistant", tenant: str, ids: frozenset[str]) -> tuple[str, ...]:
    """The runs that noted it down, or whose model or steps were given some of it, by the log."""
    found: dict[str, None] = {}
    kinds = ("memory.added", "model.answer", "tool.result")
    for record in assistant.services.audit.records(tenant=tenant, kind=kinds) if ids else ():
        body = record.data
        if record.kind == "memory.added":
            given: Any = [body] if record.run else ()
        elif "context" in body:
            given = body["context"]["included"]
        else:  # any tool's, and "items" may be a number there
            given = [item for name in ("items", "sections") if isinstance(item := body["value"].get(name), list)]
            given = [item for each in given for item in each]
        if any(isinstance(item, dict) and item.get("id") in ids for item in given):
            found[record.run] = None
    return tuple(found)


def _count_named(assistant: "AsyncAssistant", tenant: str, sources: frozenset[str]) -> int:
    """Of how many of these sources, given as hashes, the log holds the name."""
    kinds = ("memory.added", "memory.ingested")
    told = assistant.services.audit.records(tenant=tenant, kind=kinds) if sources else ()
    return len(sources & {hash_name(str(record.data.get("source", "")).partition("#")[0]) for record in told})


def _list_waiting(assistant: "AsyncAssistant", tenant: str) -> list[str]:
    runs = (assistant.conversations.find_run(run_id) for run_id in assistant.saver.threads())
    return [run.run for run in runs if run is not None and run.tenant == tenant and run.state in _OPEN]


def _holds(assistant: "AsyncAssistant", run_id: str, ids: frozenset[str]) -> bool:
    """Whether a run's checkpoints hold what was recalled from these items; one that cannot be read may."""
    try:
        kept = cast(BaseCheckpointSaver[Any], assistant.saver).list(make_config(run_id))
        return any(holds_recalled([item.checkpoint["channel_values"], item.pending_writes], ids) for item in kept)
    except Tampered:
        return True


def holds_recalled(values: Any, ids: frozenset[str]) -> bool:
    """Whether a graph's state holds an item with one of these ids."""
    if isinstance(values, Mapping):
        return values.get("id") in ids or any(holds_recalled(value, ids) for value in values.values())
    return isinstance(values, list | tuple) and any(holds_recalled(value, ids) for value in values)
