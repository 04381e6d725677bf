"""What the IT desk promises: access waits for two people, is granted once, and can be taken away again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from countersign.graphs import Assistant
from countersign.policies.errors import NotAllowed
from it_desk.extension import EXTENSION


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    """An assistant with the IT desk alone, in a data folder that is thrown away; people are the sample company's."""
    with Assistant.open(tmp_path, extensions=[EXTENSION]) as opened:
        yield opened


def list_effects(assistant: Assistant, run: str) -> list[str]:
    """The tools that changed something in a run."""
    return [item.data["tool"] for item in assistant.records(run=run) if item.kind == "effect.succeeded"]


def test_access_waits_for_two_people_and_is_granted_once(assistant: Assistant) -> None:
    turn = assistant.send("I need read access to SYS-01", as_user="mara.voss")
    (review,) = turn.pending
    with pytest.raises(NotAllowed):
        assistant.answer(review.review_id, "approve", as_user="mara.voss")
    assert assistant.answer(review.review_id, "approve", as_user="tom.adler") is None
    assert list_effects(assistant, turn.run) == []
    answered = assistant.answer(review.review_id, "approve", as_user="greta.falk")
    assert answered is not None
    assert "you have read access to SYS-01" in answered.reply
    assert list_effects(assistant, turn.run) == ["it_desk.grant_access"]
    shown = assistant.send("who has access to SYS-01?", as_user="tom.adler").reply
    assert "mara.voss (read, GRA-0001)" in shown


def test_access_is_taken_away_again(assistant: Assistant) -> None:
    turn = assistant.send("I need read access to SYS-01", as_user="mara.voss")
    for signer in ("tom.adler", "greta.falk"):
        assistant.answer(turn.pending[0].review_id, "approve", as_user=signer)
    undone = assistant.send("revoke GRA-0001 please", as_user="mara.voss", thread="undo")
    assert "has no access" in undone.reply
    assert list_effects(assistant, undone.run) == ["it_desk.revoke_access"]
    assert "nobody" in assistant.send("who has access to SYS-01?", as_user="tom.adler").reply


def test_what_is_rejected_is_not_granted(assistant: Assistant) -> None:
    turn = assistant.send("I need write access to SYS-02", as_user="mara.voss")
    assistant.answer(turn.pending[0].review_id, "reject", as_user="karl.weiss", message="not for support")
    assert list_effects(assistant, turn.run) == []


def test_a_licence_is_given_while_one_is_free(assistant: Assistant) -> None:
    first = assistant.send("I need a licence for LIC-01", as_user="mara.voss")
    assert list_effects(assistant, first.run) == ["it_desk.assign_licence"]
    second = assistant.send("I need a licence for LIC-01", as_user="tom.adler")
    assert list_effects(assistant, second.run) == []


def test_a_device_is_handed_out_with_the_managers_signature(assistant: Assistant) -> None:
    turn = assistant.send("please hand DEV-002 out to me", as_user="mara.voss")
    answered = assistant.answer(turn.pending[0].review_id, "approve", as_user="tom.adler")
    assert answered is not None
    assert "DEV-002 (laptop 16 inch) is with mara.voss" in answered.reply


def test_what_is_missing_is_asked(assistant: Assistant) -> None:
    assert "Which system" in assistant.send("I need read access to a system", as_user="mara.voss").reply
