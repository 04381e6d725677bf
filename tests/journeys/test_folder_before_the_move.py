"""What was left before the modules moved goes on after it: if this breaks, an update loses what waits for people."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command_line import run_cli
from countersign.graphs import Assistant
from countersign.graphs.runtime.run import RunState
from countersign.policies.errors import CountersignError
from data_folder import MARA, TOM, open_door, orders, records, refunded
from old_folder import OldFolder, unpack

KARL, EVA, INES, OLGA = "karl.weiss", "eva.stern", "ines.roth", "olga.reis"
IBAN = "DE89370400440532013000"

WAITING = [
    pytest.param(
        "refund", "ORD-8841", TOM, "SELECT amount_minor FROM refunds WHERE order_id = ?", [(38900,)],
        id="a workflow",
    ),
    pytest.param(
        "exception", "INV-1042", KARL, "SELECT status FROM invoices WHERE id = ?", [("posted",)],
        id="a workflow that has written already",
    ),
    pytest.param(
        "contract", "CON-0031", EVA, "SELECT status FROM contracts WHERE id = ?", [("approved",)],
        id="a workflow after much reading",
    ),
    pytest.param(
        "payment", "INV-0745", KARL, "SELECT amount_minor FROM payments WHERE invoice_id = ?", [(3340092,)],
        id="a handler",
    ),
    pytest.param(
        "bank", "SUP-019", INES, "SELECT iban FROM suppliers WHERE id = ?", [(IBAN,)],
        id="a handler with one of two signatures",
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> OldFolder:
    """The folder, as the old version left it."""
    return unpack(tmp_path_factory.mktemp("before") / "home")


@pytest.fixture(scope="module")
def home(old: OldFolder) -> Path:
    return old.home


@pytest.fixture(scope="module")
def assistant(old: OldFolder) -> Iterator[Assistant]:
    """The present version, at work in it."""
    with open_door(old.home, now=old.clock) as opened:
        yield opened


def effects(home: Path, review_id: str) -> list[Any]:
    """The side effects of a review, as the command line has them."""
    digest = review_id.removeprefix("REV-")
    listed = run_cli("--json", "effects", "list", home=home, user=OLGA)
    assert listed.exit_code == 0, listed.output
    return [item for item in json.loads(listed.stdout) if item["digest"].startswith(digest)]


def test_nothing_was_changed_before_anybody_came(tmp_path: Path) -> None:
    """The log, the keys, the ledger and the checkpoints of what waits prove themselves to the present version."""
    folder = unpack(tmp_path / "home")
    checked = run_cli("audit", "verify", home=folder.home, user=OLGA)
    assert checked.exit_code == 0, checked.output


def test_an_earlier_receipt_verifies_with_the_keys_that_were_handed_out(home: Path) -> None:
    """Who got a receipt from the old version need not ask for another."""
    checked = run_cli("verify", str(home / "receipt.json"), "--keys", str(home / "public_keys.json"))
    assert checked.exit_code == 0, checked.output


def test_conversations_are_as_they_were(assistant: Assistant) -> None:
    """What was said stands there, in order, with its replies."""
    said = [(message.role, message.text) for message in assistant.history(as_user=MARA, thread="small-talk")]
    assert [role for role, _ in said] == ["user", "assistant"] * 2
    assert said[0][1] == "what is our refund limit?"
    assert "ORD-8841" in said[3][1]
    assert "Refunded" in assistant.history(as_user=MARA, thread="paid")[-1].text


def test_whoever_may_answer_finds_what_waits(assistant: Assistant, old: OldFolder) -> None:
    """All of it, in the inboxes where it was."""
    expected = {TOM: ("refund", "two"), KARL: ("exception", "payment"), EVA: ("contract",), INES: ("bank",)}
    for reviewer, threads in expected.items():
        found = {review.review_id for review in assistant.pending(as_user=reviewer)}
        assert found >= {review for thread in threads for review in old.waiting[thread].values()}


@pytest.mark.parametrize(("thread", "about", "signer", "question", "answer"), WAITING)
def test_what_waits_is_answered_and_executed_once(
    assistant: Assistant, old: OldFolder, thread: str, about: str, signer: str, question: str, answer: list[Any]
) -> None:
    """The run goes on from its checkpoint; a second answer, and looking for what is due, change nothing more."""
    review_id = old.waiting[thread][about]
    assert records(old.home, question, about) != answer
    assert [effect["state"] for effect in effects(old.home, review_id)] == ["intended"]
    turn = assistant.answer(review_id, "approve", as_user=signer)
    assert turn is not None
    assert turn.state is RunState.DONE
    assert about in turn.reply
    with pytest.raises(CountersignError):
        assistant.answer(review_id, "approve", as_user=signer)
    assistant.catch_up(as_user=signer)
    assert records(old.home, question, about) == answer
    assert [effect["state"] for effect in effects(old.home, review_id)] == ["succeeded"]


def test_two_reviews_of_one_message_are_answered_each(assistant: Assistant, old: OldFolder) -> None:
    """Both halves of the run find their own answer: one refund is made, the other is not."""
    (refused, first), (paid, second) = old.waiting["two"].items()
    half = assistant.answer(first, "reject", as_user=TOM, message="not yet")
    assert half is not None
    assert [review.review_id for review in half.pending] == [second]
    turn = assistant.answer(second, "approve", as_user=TOM)
    assert turn is not None
    assert turn.state is RunState.DONE
    assert "not yet" in turn.reply
    assert (len(refunded(old.home, paid)), len(refunded(old.home, refused))) == (1, 0)


def test_an_open_question_is_answered(assistant: Assistant, old: OldFolder) -> None:
    """What the assistant asked before the move it understands the answer to."""
    taken = {*old.settled, *old.waiting["refund"], *old.waiting["two"]}
    order = next(order for order in orders(old.home, 15000, 60000) if order not in taken)
    turn = assistant.send(order, as_user=MARA, thread="asked")
    assert [review.proposal.args["order_id"] for review in turn.pending] == [order]


def test_a_new_receipt_and_the_whole_log_verify(assistant: Assistant, old: OldFolder, tmp_path: Path) -> None:
    """What was asked before the move and signed after it is proved in one file, with keys of both times."""
    review_id = old.waiting["refund"]["ORD-8841"]
    if not refunded(old.home, "ORD-8841"):
        assistant.answer(review_id, "approve", as_user=TOM)
    for name, *words in (
        ("receipt.json", "receipt", review_id, "--out"),
        ("earlier.json", "receipt", *old.settled.values(), "--out"),
        ("keys.json", "keys", "export"),
    ):
        written = run_cli(*words, str(tmp_path / name), home=old.home, user=OLGA)
        assert written.exit_code == 0, written.output
    for name in ("receipt.json", "earlier.json"):
        checked = run_cli("verify", str(tmp_path / name), "--keys", str(tmp_path / "keys.json"))
        assert checked.exit_code == 0, checked.output
    checked = run_cli("audit", "verify", home=old.home, user=OLGA)
    assert checked.exit_code == 0, checked.output
