"""What people decided becomes memory: approvals, edits and rejections as precedents for later cases."""

import asyncio

from ..memory.items import CORRECTION, OUTCOME, NewMemory
from ..policies.audit import Event
from ..policies.review import Review, ReviewState
from .desk import Desk, RunContext
from .state import Conversation

_KINDS = {ReviewState.APPROVED: OUTCOME, ReviewState.REJECTED: CORRECTION, ReviewState.EDITED: CORRECTION}


async def remember(desk: Desk, _state: Conversation, context: RunContext) -> None:
    """Stores one item for each review that people settled in this run, with who decided and why.

    Its words are the reviewers' own and the proposal's, so they are trusted unless the proposal may hold what outsiders
    wrote; keys make a repeat harmless. Memory that does not answer costs the precedent, never the reply.
    """
    principal = context.principal(desk)
    for review in desk.reviews.find(tenant=principal.tenant, state=None, run=context.run):
        if review.state not in _KINDS:
            continue
        item = NewMemory(
            text=_words(review),
            kind=_KINDS[review.state],
            source=review.review_id,
            provenance="untrusted" if review.proposal.tainted else "trusted",
            visibility=_visibility(principal.teams),
            retention="long-term",
            thread=context.thread,
            key=review.review_id,
        )
        try:
            await asyncio.to_thread(desk.memory.remember, principal, item, now=desk.now())
        except Exception as error:  # noqa: BLE001 - the work is done and the reply is due, whatever memory raises
            body = {"review_id": review.review_id, "cause": f"{type(error).__name__}: {error}"}
            desk.audit.append(Event("memory.failed", "system", principal.tenant, context.thread, context.run, body))


def _words(review: Review) -> str:
    who = " and ".join(f"{item.user_id} as {item.role}" for item in review.signatures)
    why = f" Reason: {review.message}" if review.message else ""
    change = f" Arguments as edited: {review.edited_args}." if review.edited_args else ""
    return f"{review.summary}: {review.state} by {who}.{change}{why}"


def _visibility(teams: frozenset[str]) -> str:
    return f"team:{min(teams)}" if teams else ""
