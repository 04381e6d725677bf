"""Time and reviews: reminders, the escalation chain, and what an unanswered review becomes."""

from dataclasses import replace
from datetime import timedelta

import pytest
from countersign.policies.domain.decision import Decision, Expiry, Obligations, Verdict
from countersign.policies.errors import NotAllowed
from countersign.policies.governance.governance import Governance
from countersign.policies.review.review import Review, ReviewState
from review_cases import APPROVE, INES, KARL, MARA, NOW, TOM, decision, proposal

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ASKED = proposal(order_id="ORD-8841", amount_minor=38900)


def judged(**duties: object) -> Decision:
    told: dict[str, object] = {"seats": ("support_manager",), "deadline": DAY}
    return replace(decision(ASKED), obligations=Obligations(**told | duties))  # type: ignore[arg-type]


def opened(books: Governance, **duties: object) -> Review:
    return books.reviews.open(ASKED, judged(**duties), MARA, "Refund 389.00", NOW)


def kinds(books: Governance) -> list[str]:
    return [record.kind for record in books.audit.records() if record.kind.startswith("review.")]


def test_who_may_answer_is_reminded_until_the_deadline(books: Governance) -> None:
    """A review that nobody looks at must not lie there in silence."""
    review = opened(books, remind=8 * HOUR)
    for hours, reminders in ((7, 0), (8, 1), (9, 1), (16, 2), (23, 2)):
        assert books.reviews.sweep(NOW + hours * HOUR) == []
        assert books.reviews.get(review.review_id).reminders == reminders
    assert kinds(books) == ["review.opened", "review.reminded", "review.reminded"]


def test_half_of_the_deadline_is_the_default_reminder(books: Governance) -> None:
    """A rule that names no reminder still has one."""
    assert opened(books).follow_up_at == NOW + 12 * HOUR


def test_a_clock_that_stood_still_reminds_once(books: Governance) -> None:
    """After a night without any process nobody gets ten reminders at once."""
    review = opened(books, remind=HOUR)
    books.reviews.sweep(NOW + 10 * HOUR)
    found = books.reviews.get(review.review_id)
    assert (found.reminders, found.follow_up_at) == (1, NOW + 11 * HOUR)


def test_the_chain_is_climbed_one_role_at_a_time(books: Governance) -> None:
    """The chief is not asked before the controller had their time."""
    review = opened(books, escalate=("controller", "cfo"))
    books.reviews.sweep(NOW + DAY)
    with pytest.raises(NotAllowed):
        books.reviews.answer(review.review_id, INES, APPROVE, NOW + DAY)
    first = books.reviews.get(review.review_id)
    assert (first.escalated_to, first.refuse(KARL)) == (("controller",), None)
    books.reviews.sweep(NOW + 2 * DAY)
    ended = books.reviews.answer(review.review_id, INES, APPROVE, NOW + 2 * DAY)
    assert (ended.state, ended.signatures[0].role, ended.signatures[0].right) == (
        ReviewState.APPROVED,
        "support_manager",
        "cfo",
    )
    assert books.reviews.get(review.review_id).overdue(NOW + 2 * DAY) is False


def test_at_the_end_of_the_chain_it_is_denied(books: Governance) -> None:
    """Silence is not consent unless the pack says so."""
    review = opened(books, escalate=("controller",))
    assert books.reviews.sweep(NOW + DAY) == []
    (ended,) = books.reviews.sweep(NOW + 2 * DAY)
    assert (ended.review_id, ended.state) == (review.review_id, ReviewState.EXPIRED)
    assert books.reviews.find_mismatch(review.review_id, ASKED, judged())


def test_silence_lets_it_run_where_the_pack_says_so(books: Governance) -> None:
    """`on_expiry: allow` is for what does little harm; it must neither be lost nor go further than written."""
    review = opened(books, on_expiry=Expiry.ALLOW)
    (ended,) = books.reviews.sweep(NOW + DAY)
    assert ended.state is ReviewState.LAPSED
    assert books.reviews.find_mismatch(review.review_id, ASKED, judged(on_expiry=Expiry.ALLOW)) is None
    assert books.reviews.find_mismatch(review.review_id, ASKED, judged()), "policy has become stricter since"
    denied = replace(judged(on_expiry=Expiry.DENY), verdict=Verdict.DENY)
    assert books.reviews.find_mismatch(review.review_id, ASKED, denied)


def test_what_must_be_answered_stays_open_and_overdue(books: Governance) -> None:
    """Whether money left cannot be settled by waiting."""
    review = opened(books, on_expiry=Expiry.WAIT)
    for days in (1, 2, 3):
        assert books.reviews.sweep(NOW + days * DAY) == []
    found = books.reviews.get(review.review_id)
    assert (found.state, found.overdue(NOW + 3 * DAY), found.due_at) == (ReviewState.OPEN, True, NOW + 4 * DAY)
    assert books.reviews.answer(review.review_id, TOM, APPROVE, NOW + 3 * DAY).state is ReviewState.APPROVED
