"""Reviews: who may answer, what an answer makes of it, and that each review is answered once and ends."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from countersign.policies.audit.log import AuditLog
from countersign.policies.domain.decision import Obligations, Verdict
from countersign.policies.domain.principal import Principal
from countersign.policies.errors import BadInput, CountersignError, NotAllowed
from countersign.policies.review.review import Answer, AnswerType, ReviewState
from countersign.policies.review.store import ReviewStore
from review_cases import (
    APPROVE,
    INES,
    KARL,
    MARA,
    MARA_ADMIN,
    NOW,
    REJECT,
    STRANGER,
    SVEN,
    TOM,
    TOM_TOO,
    Opener,
    decision,
    proposal,
    who,
)
from sqlalchemy import Engine


@pytest.mark.parametrize("requester", [MARA, MARA_ADMIN, replace(MARA, roles=frozenset({"support_manager"}))])
def test_who_asks_never_signs(reviews: ReviewStore, opened: Opener, requester: Principal) -> None:
    """A second account or a new role must not let a person approve their own refund."""
    review = opened()
    with pytest.raises(NotAllowed, match="separation of duties"):
        reviews.answer(review.review_id, requester, APPROVE, NOW)
    assert reviews.get(review.review_id).state is ReviewState.OPEN


def test_a_refused_answer_is_on_record(reviews: ReviewStore, opened: Opener, engine: Engine) -> None:
    """An attempt to approve oneself is what an auditor looks for."""
    review = opened()
    with pytest.raises(NotAllowed):
        reviews.answer(review.review_id, MARA_ADMIN, APPROVE, NOW)
    refused = AuditLog(engine).find_last("review.refused", tenant="halden")
    assert refused is not None
    assert (refused.actor, refused.data["review_id"]) == ("mara.admin", review.review_id)


def test_only_the_named_roles_sign(reviews: ReviewStore, opened: Opener) -> None:
    """A chief with the wrong role is still the wrong person."""
    review = opened("support_manager")
    with pytest.raises(NotAllowed, match="needs support_manager"):
        reviews.answer(review.review_id, INES, APPROVE, NOW)
    assert reviews.answer(review.review_id, TOM, APPROVE, NOW).state is ReviewState.APPROVED


def test_two_seats_take_two_people(reviews: ReviewStore, opened: Opener) -> None:
    """One person with two roles or two accounts must not fill both seats."""
    review = opened("support_manager", "controller")
    both = who("tom", "support_manager", "controller")
    assert reviews.answer(review.review_id, both, APPROVE, NOW).state is ReviewState.OPEN
    for again in (both, TOM_TOO):
        with pytest.raises(NotAllowed, match="other people"):
            reviews.answer(review.review_id, again, APPROVE, NOW)
    with pytest.raises(NotAllowed, match="needs controller"):
        reviews.answer(review.review_id, SVEN, APPROVE, NOW)
    assert reviews.answer(review.review_id, KARL, APPROVE, NOW).state is ReviewState.APPROVED


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        (REJECT, ReviewState.REJECTED, "rejected"),
        (Answer(AnswerType.RESPOND, "Send a voucher."), ReviewState.ANSWERED, "answered in words"),
        (Answer(AnswerType.EDIT, "less", {"amount_minor": 100}), ReviewState.EDITED, "edited"),
    ],
)
def test_one_no_settles_it_for_all_seats(
    reviews: ReviewStore, opened: Opener, answer: Answer, state: ReviewState, words: str
) -> None:
    """After a no the second seat must not be able to turn it round."""
    review = opened("support_manager", "controller")
    assert reviews.answer(review.review_id, TOM, answer, NOW).state is state
    with pytest.raises(BadInput, match=f"{words} already"):
        reviews.answer(review.review_id, KARL, APPROVE, NOW)
    assert reviews.get(review.review_id).state is state


@pytest.mark.parametrize("second", [APPROVE, REJECT])
def test_a_second_answer_changes_nothing(reviews: ReviewStore, opened: Opener, second: Answer) -> None:
    """A double click, or a colleague a second later, must find it closed."""
    review = reviews.answer(opened().review_id, TOM, APPROVE, NOW)
    with pytest.raises(BadInput, match="approved already"):
        reviews.answer(review.review_id, SVEN, second, NOW)
    assert reviews.get(review.review_id) == review


def test_asking_again_finds_the_same_review(reviews: ReviewStore, opened: Opener) -> None:
    """A rejection is final for a digest: asking again must not open a fresh review of the same thing."""
    review = reviews.answer(opened().review_id, TOM, REJECT, NOW)
    assert opened().state is ReviewState.REJECTED
    assert opened() == review
    assert opened(amount=1).review_id != review.review_id


@pytest.mark.parametrize(
    "answer",
    [
        Answer(AnswerType.REJECT, "  "),
        Answer(AnswerType.RESPOND),
        Answer(AnswerType.EDIT, "no arguments"),
        Answer(AnswerType.APPROVE, args={"amount_minor": 1}),
        Answer(AnswerType.EDIT, "a float", {"amount_minor": 1.5}),
        Answer(AnswerType.APPROVE, None),  # type: ignore[arg-type]
        Answer(AnswerType.REJECT, 5),  # type: ignore[arg-type]
        Answer(AnswerType.REJECT, "a\x00b"),
        Answer(AnswerType.REJECT, "broken \ud800"),
        Answer(AnswerType.APPROVE, "x" * 20_001),
        Answer(AnswerType.EDIT, "the same", {"amount_minor": 38900, "order_id": "ORD-8841"}),
    ],
)
def test_an_incomplete_answer_leaves_it_open(reviews: ReviewStore, opened: Opener, answer: Answer) -> None:
    """A slip of the reviewer must not use up the review."""
    review = opened()
    with pytest.raises(BadInput):
        reviews.answer(review.review_id, TOM, answer, NOW)
    assert reviews.answer(review.review_id, TOM, APPROVE, NOW).state is ReviewState.APPROVED


def test_fifty_answers_at_once_leave_exactly_one(reviews: ReviewStore, opened: Opener, engine: Engine) -> None:
    """A race between approve and reject must have one winner, and the log must name it."""
    review = opened()

    def answer(number: int) -> str:
        reviewer = who(f"manager-{number}", "support_manager")
        try:
            return str(reviews.answer(review.review_id, reviewer, REJECT if number % 2 else APPROVE, NOW).state)
        except BadInput:
            return "late"

    with ThreadPoolExecutor(50) as pool:
        said = Counter(pool.map(answer, range(50)))
    settled = reviews.get(review.review_id)
    assert said == {"late": 49, str(settled.state): 1}
    assert len(settled.signatures) == 1
    audit = AuditLog(engine)
    assert len(list(audit.records(kind="review.answered"))) == 1
    audit.verify()


def test_fifty_answers_at_once_fill_two_seats_once(reviews: ReviewStore, opened: Opener) -> None:
    """A lost update would drop a signature or seat two people on one chair."""
    review = opened("support_manager", "controller")

    def answer(number: int) -> bool:
        try:
            role = ("support_manager", "controller")[number % 2]
            reviews.answer(review.review_id, who(f"person-{number}", role), APPROVE, NOW)
        except CountersignError:
            return False
        return True

    with ThreadPoolExecutor(50) as pool:
        assert sum(pool.map(answer, range(50))) == 2
    settled = reviews.get(review.review_id)
    assert settled.state is ReviewState.APPROVED
    assert sorted(item.role for item in settled.signatures) == ["controller", "support_manager"]


def test_an_overdue_review_escalates_and_then_expires(reviews: ReviewStore, opened: Opener) -> None:
    """A review that nobody answers must reach the next level and then end; nothing waits for ever."""
    review = opened(escalate=("cfo",))
    with pytest.raises(NotAllowed):
        reviews.answer(review.review_id, INES, APPROVE, NOW)
    late = NOW + timedelta(days=1)
    assert reviews.sweep(late) == []
    assert [item.review_id for item in reviews.inbox(INES)] == [review.review_id]
    assert reviews.sweep(late + timedelta(hours=23)) == []
    (ended,) = reviews.sweep(late + timedelta(days=1))
    assert ended.state is ReviewState.EXPIRED
    with pytest.raises(BadInput, match="expired already"):
        reviews.answer(review.review_id, INES, APPROVE, late + timedelta(days=1))
    assert reviews.sweep(late + timedelta(days=9)) == []


def test_an_answer_after_the_deadline_is_too_late(reviews: ReviewStore, opened: Opener) -> None:
    """The deadline holds although no timer ran before the answer came."""
    review = opened()
    with pytest.raises(BadInput, match="expired already"):
        reviews.answer(review.review_id, TOM, APPROVE, NOW + timedelta(days=1))


def test_the_requester_takes_it_back_and_nobody_else(reviews: ReviewStore, opened: Opener) -> None:
    """Withdrawing must work until it is settled, and must not be a way to kill the requests of others."""
    review = opened()
    with pytest.raises(NotAllowed, match="Only the requester"):
        reviews.withdraw(review.review_id, TOM, NOW)
    assert reviews.withdraw(review.review_id, MARA_ADMIN, NOW).state is ReviewState.WITHDRAWN
    with pytest.raises(BadInput, match="withdrawn already"):
        reviews.withdraw(review.review_id, MARA, NOW)
    with pytest.raises(BadInput, match="withdrawn already"):
        reviews.answer(review.review_id, TOM, APPROVE, NOW)


def test_a_run_that_failed_leaves_no_open_review(reviews: ReviewStore, opened: Opener) -> None:
    """People must not be asked to sign what can no longer run."""
    review = opened()
    reviews.abandon("run-1", "halden", "The run failed.", NOW)
    assert reviews.get(review.review_id).state is ReviewState.WITHDRAWN
    assert reviews.inbox(TOM) == []


def test_another_tenant_learns_nothing(reviews: ReviewStore, opened: Opener) -> None:
    """Existing, closed, damaged or invented: all reviews of others must sound the same."""
    review = opened()
    told = set()

    def ask(review_id: str) -> None:
        attempts: tuple[Callable[[], object], ...] = (
            lambda: reviews.answer(review_id, STRANGER, APPROVE, NOW),
            lambda: reviews.withdraw(review_id, STRANGER, NOW),
        )
        for attempt in attempts:
            with pytest.raises(BadInput) as refused:
                attempt()
            told.add(str(refused.value).replace(review_id, "ID"))

    ask(review.review_id)
    reviews.answer(review.review_id, TOM, APPROVE, NOW)
    ask(review.review_id)
    ask("REV-000000000000")
    assert len(told) == 1
    assert reviews.inbox(STRANGER) == reviews.find(tenant="other", state=None) == []


def test_a_decision_that_asks_nobody_opens_nothing(reviews: ReviewStore) -> None:
    """A review without seats would wait for ever, or be approved by nobody."""
    asked = proposal(order_id="ORD-8841")
    nobody = replace(decision(asked), obligations=Obligations())
    for wrong in (nobody, replace(decision(asked), verdict=Verdict.ALLOW)):
        with pytest.raises(NotAllowed):
            reviews.open(asked, wrong, MARA, "Refund", NOW)
