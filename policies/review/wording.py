"""This module says in words for whom a review waits and until when: the same in replies, lists and views. Pure."""

from datetime import datetime

from .review import PERSON_PREFIX, AnswerType, Countersignature, Review, ReviewState

_STATES = {
    ReviewState.CHANGES: "sent back for changes",
    ReviewState.LAPSED: "lapsed: nobody answered in time, and its rules let it run then",
    ReviewState.ANSWERED: "answered in words",
}
_ANSWERS = {
    AnswerType.APPROVE: "approved",
    AnswerType.EDIT: "edited",
    AnswerType.REJECT: "rejected",
    AnswerType.RESPOND: "answered in words",
    AnswerType.CHANGES: "asked for changes",
    AnswerType.DELEGATE: "asked another person",
    AnswerType.WITHDRAW: "took it back",
}


def format_review_state(state: ReviewState) -> str:
    """Where a review stands, in words."""
    return _STATES.get(state, str(state))


def format_answer(answer: AnswerType) -> str:
    """What somebody did with a review, in words."""
    return _ANSWERS[answer]


def format_signature(signature: Countersignature) -> str:
    """One signed answer in words: who, as what, by which right, what, when, and what they said."""
    seat = format_seat(signature.role)
    by = f", by right of {format_seat(signature.right)}" if signature.right != signature.role else ""
    did = f"asked {signature.to} instead" if signature.to else format_answer(signature.type)
    said = f": {signature.message}" if signature.message else ""
    return f"{signature.user_id} as {seat}{by}, {did} at {signature.at[:16].replace('T', ' ')} UTC{said}"


def format_seat(seat: str) -> str:
    """A seat in words: a role as it is called, or the one person it belongs to."""
    return f"{seat.removeprefix(PERSON_PREFIX)} in person" if seat.startswith(PERSON_PREFIX) else seat


def format_signers(review: Review) -> str:
    """Who may still sign it; by whom it waits, where somebody is asked by name in place of others with the role."""
    words = " and ".join(format_seat(seat) for seat in review.free_seats)
    persons = {seat.removeprefix(PERSON_PREFIX) for seat in review.free_seats}
    reached = ", ".join(role for role in review.escalated_to if role not in review.free_seats)
    named = ", ".join(user for user in review.named_persons if user not in persons)
    return words + (f" (or now {reached})" if reached else "") + (f", asked: {named}" if named else "")


def format_due(review: Review, now: datetime) -> str:
    """When it must be answered, and whether that has passed."""
    return f"{review.due_at:%Y-%m-%d %H:%M} UTC{', overdue' if review.overdue(now) else ''}"


def format_waiting_line(review: Review, now: datetime) -> str:
    """One line of a list: id, what, for whom, until when."""
    return (
        f"- {review.review_id}: {review.summary.rstrip('.')}, for {format_signers(review)} until "
        f"{format_due(review, now)}"
    )
