"""What people answer besides yes and no, from the request to the effect."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from countersign.graphs import Assistant
from countersign.graphs.runtime.run import RunState
from countersign.policies.errors import NotAllowed
from countersign.policies.review.review import Answer, AnswerType, ReviewState
from data_folder import MARA, TOM, orders, records, refunded

SVEN = "sven.pohlmann"


@pytest.fixture(scope="module")
def fresh_orders(home: Path) -> Iterator[str]:
    return iter(orders(home, 25000, 60000))


def changes(words: str) -> Answer:
    return Answer(AnswerType.CHANGES, words)


def test_changes_go_back_to_the_requester_and_come_again(assistant: Assistant, home: Path, order: str) -> None:
    """A reviewer who wants it otherwise must not have to reject it and hope."""
    turn = assistant.send(f"refund order {order}", as_user=MARA, thread=order)
    first = turn.pending[0]
    back = assistant.answer(first.review_id, changes("only half of it, please"), as_user=TOM)
    assert back is not None
    assert (back.state, refunded(home, order)) == (RunState.DONE, [])
    assert "only half of it, please" in back.reply
    assert "What should I change?" in back.reply
    again = assistant.send("make it 210 EUR", as_user=MARA, thread=order)
    (second,) = again.pending
    assert (second.revises, second.rework, second.proposal.args["amount_minor"]) == (first.review_id, 1, 21000)
    done = assistant.answer(second.review_id, Answer(AnswerType.APPROVE), as_user=TOM)
    assert done is not None
    assert refunded(home, order) == [21000]


def test_another_request_is_not_taken_for_the_change(assistant: Assistant, home: Path, order: str) -> None:
    """The open question must not swallow what the person asks next."""
    turn = assistant.send(f"refund order {order}", as_user=MARA, thread=order)
    assistant.answer(turn.pending[0].review_id, changes("less"), as_user=TOM)
    other = assistant.send("what is our refund policy?", as_user=MARA, thread=order)
    assert (other.state, other.pending) == (RunState.DONE, ())
    assert refunded(home, order) == []


def test_a_delegation_leaves_the_run_waiting(assistant: Assistant, home: Path, order: str) -> None:
    """Passing it on is an answer to the inbox and none to the requester."""
    turn = assistant.send(f"refund order {order}", as_user=MARA, thread=order)
    review_id = turn.pending[0].review_id
    asked = Answer(AnswerType.DELEGATE, "I am away", to=SVEN)
    assert assistant.answer(review_id, asked, as_user=TOM) is None
    with pytest.raises(NotAllowed):
        assistant.answer(review_id, Answer(AnswerType.DELEGATE, "do it yourself", to=MARA), as_user=SVEN)
    done = assistant.answer(review_id, Answer(AnswerType.APPROVE), as_user=SVEN)
    assert done is not None
    assert (done.state, len(refunded(home, order))) == (RunState.DONE, 1)


def test_the_line_manager_signs_and_no_other_manager(assistant: Assistant, home: Path) -> None:
    """Sven manages people too, but not Mara."""
    query = "SELECT id FROM expenses WHERE employee_id = ? AND status = 'submitted' LIMIT 1"
    ((expense,),) = records(home, query, MARA)
    turn = assistant.send(f"approve expense {expense}", as_user="lena.brandt", thread="expense")
    (review,) = turn.pending
    assert "user:tom.adler" in review.seats
    with pytest.raises(NotAllowed, match=r"needs tom\.adler"):
        assistant.answer(review.review_id, Answer(AnswerType.APPROVE), as_user=SVEN)


def test_two_reviews_of_one_run_are_answered_in_any_order(
    assistant: Assistant, home: Path, fresh_orders: Iterator[str]
) -> None:
    """Each answer wakes its own branch; the branch that has ended is not run again."""
    first, second = next(fresh_orders), next(fresh_orders)
    text = f"refund order {first}, and also refund order {second}"
    turn = assistant.send(text, as_user=MARA, thread=f"{first}-{second}")
    by_order = {review.proposal.args["order_id"]: review.review_id for review in turn.pending}
    assert set(by_order) == {first, second}
    still = assistant.answer(by_order[second], Answer(AnswerType.APPROVE), as_user=TOM)
    assert still is not None
    assert (still.state, len(refunded(home, second)), refunded(home, first)) == (RunState.WAITING, 1, [])
    done = assistant.answer(by_order[first], Answer(AnswerType.REJECT, "a mistake"), as_user=SVEN)
    assert done is not None
    assert (done.state, len(refunded(home, second)), refunded(home, first)) == (RunState.DONE, 1, [])
    assert "a mistake" in done.reply
    audit = assistant.core.services.audit
    assert len(list(audit.records(run=turn.run, kind="plan"))) == 2, "each branch was planned once"
    assert len(list(audit.records(run=turn.run, kind="effect.started"))) == 1
    assert assistant.core.services.reviews.get(by_order[first]).state is ReviewState.REJECTED
