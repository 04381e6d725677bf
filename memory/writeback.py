"""What the work teaches is written back with who, when and where from: outcomes, and people's corrections."""

from datetime import datetime

from ..policies.domain.principal import Principal
from ..policies.errors import BadInput
from .memory import Memory
from .records.items import CORRECTION, OUTCOME, NewMemory
from .records.retention import CASE, LONG_TERM
from .records.timestamps import utcnow


def record_outcome(
    memory: Memory,
    principal: Principal,
    *,
    summary: str,
    source: str,
    thread: str,
    agent: str,
    provenance: str = "trusted",
    visibility: str = "org",
    retention: str = CASE,
    subjects: tuple[str, ...] = (),
    now: datetime | None = None,
) -> str:
    """Remembers how a piece of work ended; saying it again for the same source and thread replaces it.

    Args:
        summary: what happened, in a sentence or two.
        source: the record that proves it, e.g. a ledger entry or a case id.
        thread: the conversation or case.
        agent: which agent did it.
        provenance: ``trusted`` only for what a system of record or the registry reported; what a model concluded is
            ``model``, what a mail or an upload said is ``untrusted``.
        visibility: who may recall it.
        retention: its class; ``never`` is refused.
        subjects: people that it is about.

    Returns:
        The item's id.

    Raises:
        BadInput: the summary or the source is empty.
        NotAllowed: retention or visibility forbids it.
    """
    if not source.strip():
        raise BadInput("An outcome needs the record that proves it. Give a source, for example the ledger entry's id.")
    now = now or utcnow()
    item = NewMemory(
        text=summary,
        kind=OUTCOME,
        source=source,
        provenance=provenance,
        visibility=visibility,
        retention=retention,
        subjects=subjects,
        thread=thread,
        key=f"outcome/{thread}/{source}",
        extra={"agent": agent, "by": principal.user_id, "at": now.isoformat()},
    )
    return memory.remember(principal, item, now=now)


def record_correction(
    memory: Memory,
    principal: Principal,
    *,
    before: str,
    after: str,
    about: str,
    why: str = "",
    thread: str = "",
    agent: str = "",
    by: str = "",
    provenance: str = "user",
    visibility: str = "org",
    retention: str = LONG_TERM,
    subjects: tuple[str, ...] = (),
    now: datetime | None = None,
) -> str:
    """Remembers that a person corrected an agent: what it said, what is right, why, who and when.

    Args:
        before: what the agent proposed.
        after: what the person made of it.
        about: the proposal, review or case that was corrected; becomes the source.
        why: the person's reason.
        by: user ids of who corrected it; default the principal.
        provenance: ``untrusted`` when what was corrected may hold what outsiders wrote.

    Returns:
        The item's id.

    Raises:
        BadInput: nothing was changed.
        NotAllowed: retention or visibility forbids it.
    """
    if before.strip() == after.strip():
        raise BadInput(f"The correction of {about} changes nothing. Give what is right instead.")
    now = now or utcnow()
    by = by or principal.user_id
    reason = f" Reason: {why.strip()}" if why.strip() else ""
    item = NewMemory(
        text=f"Corrected by {by}: instead of “{before.strip()}”, “{after.strip()}”.{reason}",
        kind=CORRECTION,
        source=about,
        provenance=provenance,
        visibility=visibility,
        retention=retention,
        subjects=subjects,
        thread=thread,
        key=f"correction/{thread}/{about}",
        extra={
            "before": before,
            "after": after,
            "why": why,
            "agent": agent,
            "by": by,
            "at": now.isoformat(),
        },
    )
    return memory.remember(principal, item, now=now)
