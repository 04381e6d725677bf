"""Putting one person's answer to a review: everything that must be right before it is signed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...policies.domain.decision import Verdict
from ...policies.domain.principal import Principal
from ...policies.domain.proposal import Proposal, Provenance
from ...policies.errors import NotAllowed
from ...policies.review.review import Answer, Review
from ...tools.registry.registry import Origin
from ..runtime.services import Desk


def put_answer(desk: Desk, review_id: str, reviewer: Principal, answer: Answer) -> Review:
    """Records the answer, if the reviewer may give it.

    Raises:
        BadInput: no such review, already closed, or the answer is incomplete or does not fit the tool.
        NotAllowed: this reviewer may not give it, or policy denies the edit under their or the requester's rights.
    """
    said, args = desk.veil.mask(reviewer.tenant, (answer.message, answer.args))
    answer = replace(answer, message=said, args=args)
    answer.check()
    if answer.args is not None:
        desk.reviews.sweep(desk.now(), review_id=review_id)  # who may edit depends on how far it has escalated
        waiting = desk.reviews.get(review_id)
        if waiting.proposal.tenant == reviewer.tenant and waiting.refuse(reviewer) is None:
            _check_edit(desk, waiting, reviewer, answer.args)
    to = desk.directory.get(answer.to) if answer.to else None
    return desk.reviews.answer(review_id, reviewer, answer, desk.now(), to=to)


def edited_proposal(
    desk: Desk, before: Proposal, requester: Principal, editor: str, args: Mapping[str, Any]
) -> Proposal:
    """The proposal that an edit makes: the requester's still, by the reviewer's hand."""
    origin = Origin(
        principal=requester,
        agent=before.agent,
        thread=before.thread,
        run=before.run,
        plan=frozenset({before.tool}) if before.planned else frozenset(),
        tainted=before.tainted,
        editor=editor,
        scores=before.scores,
    )
    return desk.registry.propose(before.tool, args, origin, dict.fromkeys(args, Provenance.USER))


def _check_edit(desk: Desk, waiting: Review, reviewer: Principal, args: Mapping[str, Any]) -> None:
    requester = desk.directory.get(waiting.requester)
    if requester is None:
        raise NotAllowed(f"{waiting.requester}, who asked for this, is no longer in the directory; reject it instead.")
    desk.registry.check(waiting.proposal.tool, args, requester)
    decision = desk.registry.would(edited_proposal(desk, waiting.proposal, requester, reviewer.user_id, args))
    if decision.verdict is Verdict.DENY:
        why = " ".join(decision.reasons)
        raise NotAllowed(f"Review {waiting.review_id}: policy does not allow that edit. {why} Nothing was signed.")
