"""Several people in one office: each sees their own, signs what is theirs to sign, and nobody is mixed up."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from countersign.graphs import Assistant
from countersign.policies.errors import BadInput, NotAllowed
from data_folder import MARA, TOM, orders, refunded

KIRA, OTTO, SVEN, KARL = "kira.grothe", "otto.zarnow", "sven.pohlmann", "karl.weiss"


def test_a_refund_takes_its_way_through_the_house(assistant: Assistant, home: Path) -> None:
    """Above 1,000 EUR: the agent asks, two people sign, in any order, and the log tells who."""
    order = orders(home, 120_000, 400_000)[0]
    turn = assistant.send(f"refund order {order}", as_user=KIRA, thread="large")
    (review,) = turn.pending
    assert sorted(review.seats) == ["controller", "support_manager"]
    for wrong in (KIRA, MARA, OTTO):
        with pytest.raises(NotAllowed):
            assistant.answer(review.review_id, "approve", as_user=wrong)
    assert assistant.answer(review.review_id, "approve", as_user=KARL) is None
    assert refunded(home, order) == []
    assert review.review_id not in [item.review_id for item in assistant.pending(as_user=KARL)]
    done = assistant.answer(review.review_id, "approve", as_user=SVEN)
    assert done is not None
    assert "Refunded" in done.reply
    assert len(refunded(home, order)) == 1
    assert assistant.history(as_user=KIRA, thread="large")[-1].text == done.reply


def test_conversations_are_private(assistant: Assistant) -> None:
    """The same name of a thread is another thread for another person; what one asked the other cannot see."""
    assistant.send("what is the status of order ORD-8940?", as_user=MARA, thread="mine")
    assert assistant.history(as_user=OTTO, thread="mine") == []
    assistant.send("hello", as_user=OTTO, thread="mine")
    assert len(assistant.history(as_user=OTTO, thread="mine")) == 2
    assert "8940" not in str(assistant.history(as_user=OTTO, thread="mine"))


@pytest.mark.parametrize("name", ["", "nobody", "mara.voss ", "MARA.VOSS", "mara.voss' OR '1'='1"])
def test_nobody_unknown_gets_in(assistant: Assistant, name: str) -> None:
    """Every door asks the directory, and says so in words."""
    for knock in (
        lambda: assistant.send("hello", as_user=name),
        lambda: assistant.pending(as_user=name),
        lambda: assistant.waiting(as_user=name),
        lambda: assistant.history(as_user=name),
        lambda: assistant.answer("REV-000000000000", "approve", as_user=name),
        lambda: assistant.withdraw("REV-000000000000", as_user=name),
        lambda: assistant.catch_up(as_user=name),
    ):
        with pytest.raises(NotAllowed, match="directory"):
            knock()


@pytest.mark.parametrize("text", ["", "   \n", "x" * 20_001])
def test_an_unusable_message_is_refused_and_leaves_no_trace(assistant: Assistant, text: str) -> None:
    """Nothing is begun that cannot be read."""
    with pytest.raises(BadInput):
        assistant.send(text, as_user=MARA, thread="unusable")
    assert assistant.history(as_user=MARA, thread="unusable") == []


@pytest.mark.parametrize("text", ["\x00\x01", "🦄" * 500, "SELECT * FROM orders; --", "{args.order_id}", "a" * 20_000])
def test_an_odd_message_gets_an_answer(assistant: Assistant, text: str) -> None:
    """Whatever is typed, a person reads a reply and not an error."""
    turn = assistant.send(text, as_user=MARA, thread="odd")
    assert turn.state.value == "done", turn.reply
    assert "Something went wrong" not in turn.reply


def test_many_ask_at_once(assistant: Assistant, home: Path) -> None:
    """Eight requests at the same moment: each person gets the answer to their own."""
    wanted = orders(home, 1000, 9000)[:8]
    people = [MARA, KIRA, OTTO, TOM] * 2

    def ask(number: int) -> str:
        text = f"refund order {wanted[number]}"
        return assistant.send(text, as_user=people[number], thread=f"rush-{number}").reply

    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(ask, range(8)))
    for number, reply in enumerate(replies):
        assert wanted[number] in reply
        assert len(refunded(home, wanted[number])) == 1, reply
        assert assistant.history(as_user=people[number], thread=f"rush-{number}")[-1].text == reply
    assert assistant.core.services.audit.verify() > 50
