"""This module says how a call is written into the audit log."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...policies.audit.log import AuditEvent
from ...policies.domain.proposal import Proposal


def make_call_event(kind: str, proposal: Proposal, body: Mapping[str, Any]) -> AuditEvent:
    """An audit event about a proposal; its digest ties all events of one call together."""
    return AuditEvent(
        kind,
        f"agent:{proposal.agent}",
        proposal.tenant,
        thread=proposal.thread,
        run=proposal.run,
        subject=proposal.digest,
        body={"tool": proposal.tool, "digest": proposal.digest, "user_id": proposal.user_id, **body},
    )


def replace_texts(outcome: Mapping[str, Any], paths: Sequence[str], mark: Callable[[str], str]) -> Mapping[str, Any]:
    """The record of an outcome with marks in the place of texts that must not outlive where they came from.

    Args:
        paths: dotted paths of the result; every item of a list on the way is meant.
        mark: proves a text without telling it.
    """
    value: Any = outcome["value"]
    for path in paths:
        value = _replace_at(value, path.split("."), lambda text: f"[memory {mark(text)}]")
    return {**outcome, "value": value}


def _replace_at(value: Any, path: Sequence[str], change: Callable[[str], str]) -> Any:
    if isinstance(value, list | tuple):
        return [_replace_at(item, path, change) for item in value]
    if not path:
        return change(str(value))
    if isinstance(value, Mapping) and path[0] in value:
        return {**value, path[0]: _replace_at(value[path[0]], path[1:], change)}
    return value
