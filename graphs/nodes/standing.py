"""Where things stand: what of a person's own requests waits for others, in words that say how to take it back."""

from collections.abc import Sequence

from ...policies.domain.principal import Principal
from ...policies.review.answers import may_be_withdrawn
from ...policies.review.review import Review
from ...policies.review.wording import waiting_line
from ..runtime.services import Desk, RunContext

LISTED = "listed"
"""Set in the data of a finding that names what waits already."""


def own_waiting(desk: Desk, principal: Principal) -> list[Review]:
    """The open reviews of what this person asked for, by whichever account."""
    found = desk.reviews.find(tenant=principal.tenant)
    return [review for review in found if review.requester_human == principal.human]


def still_waiting(desk: Desk, context: RunContext) -> str:
    """Earlier requests in this conversation that wait for people; a new message never drops them."""
    tenant = context.principal(desk).tenant
    found = desk.reviews.find(tenant=tenant, thread=context.thread)
    earlier = [review for review in found if review.proposal.run != context.run]
    return f"Still waiting for a countersignature:\n{offered(desk, earlier)}" if earlier else ""


def offered(desk: Desk, reviews: Sequence[Review]) -> str:
    """One's own waiting requests, line by line, and how to take one back."""
    lines = "\n".join(waiting_line(review, desk.now()) for review in reviews)
    mine = [review for review in reviews if may_be_withdrawn(review)]
    if not mine:
        return lines
    return f"{lines}\n\nTo take {'it' if len(reviews) == 1 else 'one'} back, say “withdraw {mine[0].review_id}”."
