"""Answers that do not settle a review at once: changes, delegation, withdrawal, and the seats of single persons."""

from dataclasses import replace
from datetime import timedelta

import pytest
from countersign.policies.domain.decision import Decision
from countersign.policies.domain.principal import Principal
from countersign.policies.errors import BadInput, NotAllowed, Tampered
from countersign.policies.governance.governance import Governance
from countersign.policies.review.records import table
from countersign.policies.review.review import MAX_REWORK, Answer, AnswerType, Review, ReviewState
from review_cases import APPROVE, INES, KARL, MARA, MARA_ADMIN, NOW, SVEN, TOM, decision, proposal, who
from sqlalchemy import Engine, update

CHANGES = Answer(AnswerType.CHANGES, "Half of it is enough.")
BOSS = who("boss", "director")
LINE = who("lina", "lead")
LINE_WITH_BOSS = replace(LINE, manager="boss")


def delegate(to: Principal) -> Answer:
    return Answer(AnswerType.DELEGATE, "please", to=to.user_id)


def opened(books: Governance, *seats: str, amount: int = 38900, editor: Principal | None = None) -> Review:
    asked = proposal(order_id="ORD-8841", amount_minor=amount)
    return books.reviews.open(asked, decision(asked, *seats), MARA, "Refund 389.00", NOW, editor=editor)


def test_changes_end_the_review_and_the_next_request_counts_them(books: Governance) -> None:
    """A request that is sent back must not look like a fresh one when it comes again."""
    first = opened(books)
    after = books.reviews.answer(first.review_id, TOM, CHANGES, NOW)
    assert (after.state, after.message) == (ReviewState.CHANGES, "Half of it is enough.")
    second = opened(books, amount=19450)
    assert (second.revises, second.rework) == (first.review_id, 1)
    assert opened(books, amount=100).rework == 0, "one revision answers one request for changes"


def test_a_request_is_not_sent_back_for_ever(books: Governance) -> None:
    """Rework that never ends is a refusal that nobody signed."""
    for round_ in range(MAX_REWORK):
        review = opened(books, amount=1000 + round_)
        assert review.rework == round_
        books.reviews.answer(review.review_id, TOM, CHANGES, NOW + timedelta(minutes=round_))
    last = opened(books, amount=5000)
    with pytest.raises(BadInput, match="3 times already"):
        books.reviews.answer(last.review_id, TOM, CHANGES, NOW)
    assert books.reviews.answer(last.review_id, TOM, APPROVE, NOW).state is ReviewState.APPROVED


@pytest.mark.parametrize(
    "answer",
    [
        Answer(AnswerType.CHANGES),
        Answer(AnswerType.DELEGATE),
        Answer(AnswerType.APPROVE, to="sven"),
        Answer(AnswerType.REJECT),
    ],
)
def test_an_answer_says_what_its_type_needs(books: Governance, answer: Answer) -> None:
    """A request for changes without changes, or a delegation to nobody, would leave people guessing."""
    review = opened(books)
    with pytest.raises(BadInput):
        books.reviews.answer(review.review_id, TOM, answer, NOW)


def test_a_delegation_names_whom_to_ask_and_shuts_nobody_out(books: Governance) -> None:
    """Whoever is asked instead may be away too; others with the role still answer."""
    review = opened(books)
    after = books.reviews.answer(review.review_id, TOM, delegate(SVEN), NOW, to=SVEN)
    assert (after.state, after.named_persons, after.free_seats) == (ReviewState.OPEN, ("sven",), ("support_manager",))
    assert books.reviews.answer(review.review_id, TOM, APPROVE, NOW).state is ReviewState.APPROVED


def test_who_was_asked_signs_in_their_own_right(books: Governance) -> None:
    """The signature stands for the person who gave it, never for the one who passed it on."""
    review = opened(books, "support_manager", "controller")
    books.reviews.answer(review.review_id, TOM, delegate(SVEN), NOW, to=SVEN)
    books.reviews.answer(review.review_id, SVEN, APPROVE, NOW)
    ended = books.reviews.answer(review.review_id, KARL, APPROVE, NOW)
    assert [item.user_id for item in ended.signatures] == ["tom", "sven", "karl"]
    assert books.reviews.get(review.review_id).state is ReviewState.APPROVED


@pytest.mark.parametrize("to", [MARA, MARA_ADMIN, INES, TOM], ids=["requester", "their second account", "role", "self"])
def test_nobody_gains_a_right_by_delegation(books: Governance, to: Principal) -> None:
    """Handing it to the requester, or to somebody without the role, would be a way around the seats."""
    review = opened(books)
    with pytest.raises(NotAllowed):
        books.reviews.answer(review.review_id, TOM, delegate(to), NOW, to=to)
    assert books.reviews.get(review.review_id).signatures == ()


def test_a_delegation_is_to_whom_the_directory_says(books: Governance) -> None:
    """The name in the answer and the person who is checked must be one."""
    review = opened(books)
    with pytest.raises(NotAllowed, match="directory"):
        books.reviews.answer(review.review_id, TOM, delegate(SVEN), NOW, to=KARL)
    with pytest.raises(NotAllowed, match="directory"):
        books.reviews.answer(review.review_id, TOM, delegate(SVEN), NOW)


def test_a_seat_of_one_person_is_not_for_their_colleagues(books: Governance) -> None:
    """The line manager of the employee approves, and not any manager."""
    review = opened(books, "user:lina")
    with pytest.raises(NotAllowed, match="needs lina"):
        books.reviews.answer(review.review_id, BOSS, APPROVE, NOW)
    ended = books.reviews.answer(review.review_id, LINE, APPROVE, NOW)
    assert (ended.state, ended.signatures[0].right) == (ReviewState.APPROVED, "user:lina")


def test_a_seat_of_one_person_goes_up_to_their_own_manager_only(books: Governance) -> None:
    """Whoever is away passes it up the line, never sideways or down."""
    review = opened(books, "user:lina")
    with pytest.raises(NotAllowed):
        books.reviews.answer(review.review_id, LINE_WITH_BOSS, delegate(TOM), NOW, to=TOM)
    after = books.reviews.answer(review.review_id, LINE_WITH_BOSS, delegate(BOSS), NOW, to=BOSS)
    assert after.named_persons == ("boss",)
    assert books.reviews.answer(review.review_id, BOSS, APPROVE, NOW).state is ReviewState.APPROVED
    assert books.reviews.get(review.review_id).signatures[-1].right == "user:boss"


def test_a_withdrawal_is_signed_by_the_requester(books: Governance) -> None:
    """That somebody took back a request is as good as any other answer, and as provable."""
    review = opened(books)
    ended = books.reviews.withdraw(review.review_id, MARA_ADMIN, NOW)
    (mine,) = books.reviews.get(review.review_id).signatures
    assert (ended.state, mine.type, mine.role) == (ReviewState.WITHDRAWN, AnswerType.WITHDRAW, "requester")


def test_an_editor_does_not_countersign_where_several_do(books: Governance) -> None:
    """Two seats are two other people than the one who wrote the new version."""
    review = opened(books, "support_manager", "controller", editor=TOM)
    with pytest.raises(NotAllowed, match="your edit"):
        books.reviews.answer(review.review_id, TOM, APPROVE, NOW)
    alone = opened(books, "support_manager", amount=100, editor=TOM)
    assert books.reviews.answer(alone.review_id, TOM, APPROVE, NOW).state is ReviewState.APPROVED


@pytest.mark.parametrize(
    "change",
    [
        {"editor_human": ""},
        {"shown": '{"order":{"paid_minor":1}}'},
        {"requester_human": "somebody"},
    ],
)
def test_what_was_shown_and_who_edited_cannot_be_changed_afterwards(
    books: Governance, engine: Engine, change: dict[str, str]
) -> None:
    """A reviewer signs for the records they saw."""
    review = opened(books, "support_manager", "controller", editor=SVEN)
    books.reviews.answer(review.review_id, KARL, APPROVE, NOW)
    with engine.begin() as connection:
        connection.execute(update(table).values(change))
    with pytest.raises(Tampered):
        books.reviews.get(review.review_id)


def test_the_reviewer_is_shown_the_records_that_policy_judged(books: Governance) -> None:
    """Signing without seeing the order is signing blind."""
    asked = proposal(order_id="ORD-8841", amount_minor=5)
    judged: Decision = replace(decision(asked), records={"order": {"paid_minor": 38900}})
    review = books.reviews.open(asked, judged, MARA, "Refund", NOW)
    assert books.reviews.get(review.review_id).shown == {"order": {"paid_minor": 38900}}
