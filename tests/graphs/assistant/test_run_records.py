"""The log's records of a turn, through the door: one's own, an auditor's, and the folder owner's."""

import pytest
from countersign.graphs import Assistant
from countersign.graphs.runtime.run import RunState
from countersign.policies.errors import BadInput, NotAllowed
from data_folder import MARA, TOM
from message_sender import Say

PLANNED = ("plan", "decision", "effect.started")


def test_what_a_turn_decided_and_did_is_read_by_its_run(assistant: Assistant, say: Say, order: str) -> None:
    """Programs that judge a turn must not read the database behind the door."""
    turn = say(f"refund order {order}", MARA)
    assert turn.state is RunState.WAITING
    waiting = assistant.records(run=turn.run, kinds=PLANNED)
    assert "effect.started" not in [record.kind for record in waiting]
    assistant.answer(turn.pending[0].review_id, "approve", as_user=TOM)
    found = assistant.records(run=turn.run, kinds=PLANNED)
    assert found[: len(waiting)] == waiting
    assert [record.seq for record in found] == sorted(record.seq for record in found)
    assert {record.kind for record in found} == set(PLANNED)
    (started,) = [record for record in found if record.kind == "effect.started"]
    assert started.data["tool"] == "refunds.issue"
    assert started.body.startswith("{")
    whole = assistant.records(run=turn.run)
    assert {record.run for record in whole} == {turn.run}
    assert {"message", "review.opened", "review.answered", "reply"} <= {record.kind for record in whole}


def test_a_person_reads_their_own_turns_and_auditors_all(assistant: Assistant, say: Say) -> None:
    """What the command line does not show, the door must not either."""
    turn = say("what is the status of order 8841?", MARA)
    whole = assistant.records(run=turn.run)
    assert assistant.records(run=turn.run, as_user=MARA) == whole
    assert assistant.records(run=turn.run, as_user="olga.reis") == whole
    with pytest.raises(NotAllowed, match="somebody else's"):
        assistant.records(run=turn.run, as_user="finn.moor")
    for nobody in ("nobody", ""):
        with pytest.raises(NotAllowed):
            assistant.records(run=turn.run, as_user=nobody)


def test_no_run_and_no_kind_are_told(assistant: Assistant, say: Say) -> None:
    """An empty list would look like a turn that did nothing."""
    turn = say("hello", MARA)
    for as_user in (None, MARA, "olga.reis"):
        with pytest.raises(BadInput, match="There is no run 'run-0'"):
            assistant.records(run="run-0", as_user=as_user)
        with pytest.raises(BadInput, match="Did you mean 'decision'"):
            assistant.records(run=turn.run, kinds=("decisoin",), as_user=as_user)
