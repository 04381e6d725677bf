"""What people decided becomes memory: approvals, edits and rejections as precedents for later cases."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from ...memory.memory import Memory
from ...memory.writeback import record_correction, record_outcome
from ...policies.audit.log import AuditEvent, AuditLog
from ...policies.domain.principal import Principal
from ...policies.errors import NotAllowed
from ...policies.review.review import Review, ReviewState
from ...policies.review.store import ReviewStore
from ..runtime.services import RunContext


async def keep_precedents(
    memory: Memory,
    reviews: ReviewStore,
    audit: AuditLog,
    now: Callable[[], datetime],
    principal: Principal,
    context: RunContext,
) -> None:
    """Stores one item for each review that people settled in this run, with who decided and why.

    Its words are the reviewers' own and the proposal's, so they are trusted unless the proposal may hold what outsiders
    wrote. Memory that does not answer costs the precedent, never the reply.
    """
    for review in reviews.find(tenant=principal.tenant, state=None, run=context.run):
        if review.state not in (ReviewState.APPROVED, ReviewState.REJECTED, ReviewState.EDITED):
            continue
        try:
            await asyncio.to_thread(_record, memory, principal, review, now())
        except NotAllowed as refused:  # the rules about memory speak, and nothing was kept
            body = {"review_id": review.review_id, "reason": str(refused)}
            audit.append(AuditEvent("memory.refused", "system", principal.tenant, context.thread, context.run, body))
        except Exception as error:  # noqa: BLE001 - the work is done and the reply is due, whatever memory raises
            body = {"review_id": review.review_id, "cause": f"{type(error).__name__}: {error}"}
            audit.append(AuditEvent("memory.failed", "system", principal.tenant, context.thread, context.run, body))


def _record(memory: Memory, principal: Principal, review: Review, now: datetime) -> None:
    who = " and ".join(f"{item.user_id} as {item.role}" for item in review.signatures)
    visibility = f"team:{min(principal.teams)}" if principal.teams else f"user:{principal.user_id}"
    provenance = "untrusted" if review.proposal.tainted else "trusted"
    agent, thread = review.proposal.agent, review.proposal.thread
    if review.state is ReviewState.APPROVED:
        why = f" Reason: {review.message}" if review.message else ""
        record_outcome(
            memory,
            principal,
            summary=f"{review.summary}; approved by {who}.{why}",
            source=review.review_id,
            thread=thread,
            agent=agent,
            provenance=provenance,
            visibility=visibility,
            retention="long-term",
            now=now,
        )
        return
    after = f"rejected by {who}" if review.edited_args is None else f"edited by {who}: {review.edited_args}"
    record_correction(
        memory,
        principal,
        before=review.summary,
        after=after,
        about=review.review_id,
        why=review.message,
        thread=thread,
        agent=agent,
        by=" and ".join(dict.fromkeys(item.user_id for item in review.signatures)),
        provenance=provenance,
        visibility=visibility,
        now=now,
    )
