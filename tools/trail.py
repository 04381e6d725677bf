"""How a call is written into the audit log."""

from collections.abc import Mapping
from typing import Any

from ..policies.audit import Event
from ..policies.proposal import Proposal


def event_of(kind: str, proposal: Proposal, body: Mapping[str, Any]) -> Event:
    """An audit event about a proposal; its digest ties all events of one call together."""
    return Event(
        kind,
        f"agent:{proposal.agent}",
        proposal.tenant,
        thread=proposal.thread,
        run=proposal.run,
        subject=proposal.digest,
        body={"tool": proposal.tool, "digest": proposal.digest, "user_id": proposal.user_id, **body},
    )
