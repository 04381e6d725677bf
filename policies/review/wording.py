"""A waiting review in words: for whom, until when. Pure; the same words in replies, lists and views."""

from datetime import datetime

from .review import PERSON, AnswerType, Countersignature, Review, ReviewState

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


def state_words(state: ReviewState) -> str:
    """Where a review stands, in words."""
    return _STATES.get(state, str(state))


def answer_words(answer: AnswerType) -> str:
    """What somebody did with a review, in words."""
    return _ANSWERS[answer]


def signature_words(signature: Countersignature) -> str:
    """One signed answer in words: who, as what, by which right, what, when, and what they said."""
    seat = seat_words(signature.role)
    by = f", by right of {seat_words(signature.right)}" if signature.right != signature.role else ""
    did = f"asked {signature.to} instead" if signature.to else answer_words(signature.type)
    said = f": {signature.message}" if signature.message else ""
    return f"{signature.user_id} as {seat}{by}, {did} at {signature.at[:16].replace('T', ' ')} UTC{said}"


def seat_words(seat: str) -> str:
    """A seat in words: a role as it is called, or the one person it belongs to."""
    return f"{seat.removeprefix(PERSON)} in person" if seat.startswith(PERSON) else seat


def whom(review: Review) -> str:
    """Who may still sign it; by whom it waits, where somebody is asked by name in place of others with the role."""
    words = " and ".join(seat_words(seat) for seat in review.free_seats)
    persons = {seat.removeprefix(PERSON) for seat in review.free_seats}
    reached = ", ".join(role for role in review.escalated_to if role not in review.free_seats)
    named = ", ".join(user for user in review.named_persons if user not in persons)
    return words + (f" (or now {reached})" if reached else "") + (f", asked: {named}" if named else "")


def until(review: Review, now: datetime) -> str:
    """When it must be answered, and whether that has passed."""
    return f"{review.due_at:%Y-%m-%d %H:%M} UTC{', overdue' if review.overdue(now) else ''}"


def waiting_line(review: Review, now: datetime) -> str:
    """One line of a list: id, what, for whom, until when."""
    return f"- {review.review_id}: {review.summary.rstrip('.')}, for {whom(review)} until {until(review, now)}"
