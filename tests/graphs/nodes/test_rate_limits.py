"""Rate limits in the whole assistant: a clear answer, nothing run, and no answer or withdrawal kept waiting."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from countersign.graphs import Assistant
from countersign.graphs.runtime.run import RunState
from countersign.policies.errors import PolicyError
from countersign.policies.limits.rate_limiter import LIMITED
from countersign.policies.rules.loader import DEFAULT_PACKS
from data_folder import MARA, TOM, copy_of, open_door

HEAD = """
pack: house
version: "1"
owner: boss
description: The limits of one test.
rules:
  - {id: house.none, description: Nothing., owner: boss, source: book#1, tools: [orders.get], roles: [nobody],
     effect: allow, reason: Never.}
limits:
  - {id: house.limit, owner: boss, source: book#2, reason: Too much., %s}
"""


@pytest.fixture
def open_with(untouched: Path, tmp_path: Path) -> Callable[[str], Assistant]:
    """Opens the assistant under one limit."""

    def opened(rest: str) -> Assistant:
        pack = tmp_path / "house.yaml"
        pack.write_text(HEAD % rest)
        home = copy_of(untouched, tmp_path / "home")
        return open_door(home, {"COUNTERSIGN_PACKS": os.pathsep.join([str(DEFAULT_PACKS), str(pack)])})

    return opened


def events(assistant: Assistant, run: str) -> list[str]:
    return [record.kind for record in assistant.core.services.audit.records(run=run)]


def test_a_message_too_many_is_answered_and_not_run(open_with: Callable[[str], Assistant]) -> None:
    """A person over the limit learns so and when to come back; no tool is touched, and it is on record."""
    with open_with("per: user, rate: 2/day") as assistant:
        for _ in range(2):
            assert "CUS-0001" in assistant.send("who is CUS-0001?", as_user=MARA).reply
        turn = assistant.send("who is CUS-0001?", as_user=MARA)
        assert turn.state is RunState.DONE
        assert "At most 2 per day for each user (book#2). Please try again in" in turn.reply
        assert events(assistant, turn.run) == ["message", LIMITED, "reply"]
        assert "CUS-0001" in assistant.send("who is CUS-0001?", as_user=TOM).reply


def test_answers_and_withdrawals_are_never_limited(open_with: Callable[[str], Assistant]) -> None:
    """Whoever must decide, or takes a request back, is not kept waiting by a number."""
    with open_with("per: tenant, rate: 2/day") as assistant:
        first = assistant.send("refund order 8841", as_user=MARA, thread="one")
        second = assistant.send("add a note to customer CUS-0001: likes tea", as_user=MARA, thread="two")
        assert first.pending, second
        assert "At most 2" in assistant.send("hello", as_user=MARA, thread="one").reply
        assert "At most" not in assistant.send("withdraw it", as_user=MARA, thread="one").reply
        assert assistant.waiting(as_user=MARA) == []


def test_a_review_is_answered_over_the_limit(open_with: Callable[[str], Assistant]) -> None:
    """The effect that was signed happens, although the tool's limit is used up by then."""
    with open_with("per: tool, tools: [refunds.issue], rate: 1/day") as assistant:
        first = assistant.send("refund order 8841", as_user=MARA, thread="one")
        [review] = first.pending
        turn = assistant.answer(review.review_id, "approve", as_user=TOM)
        assert turn is not None
        assert "effect.succeeded" in events(assistant, turn.run)


def test_a_tool_too_often_is_denied_at_its_door(open_with: Callable[[str], Assistant]) -> None:
    """The tools' door counts whoever calls: a playbook or a model's loop cannot go past it."""
    with open_with('per: user, tools: ["customers.*"], rate: 1/day') as assistant:
        assert "At most" not in assistant.send("who is CUS-0001?", as_user=MARA).reply
        turn = assistant.send("who is CUS-0002?", as_user=MARA)
        assert "At most 1 per day for each user" in turn.reply
        decisions = [record.data for record in assistant.core.services.audit.records(run=turn.run, kind="decision")]
        denied = [item for item in decisions if item["verdict"] == "deny"]
        assert [(item["rules"], item["sections"], item["limited"]) for item in denied] == [
            (["house.limit"], ["book#2"], True)
        ]


def test_a_limit_on_no_playbook_keeps_the_assistant_closed(open_with: Callable[[str], Assistant]) -> None:
    """Whoever misspelt a limit must hear it at once, and not when it fails to hold."""
    with pytest.raises(PolicyError, match="did you mean 'refund'"):
        open_with("per: playbook, playbooks: [refnd], rate: 1/day")


def test_a_playbook_too_often_is_not_started(open_with: Callable[[str], Assistant]) -> None:
    """Starts of a playbook are counted, and the answer to its own question is no second start."""
    with open_with("per: playbook, playbooks: [refund], rate: 1/day") as assistant:
        asks = assistant.send("I want a refund", as_user=MARA, thread="one")
        assert "At most" not in asks.reply
        assert assistant.send("order 8841", as_user=MARA, thread="one").pending
        assert "At most 1 per day for each playbook" in assistant.send("refund order 8842", as_user=MARA).reply


def test_each_request_of_a_message_is_a_start_of_its_playbook(open_with: Callable[[str], Assistant]) -> None:
    """Who puts ten requests into one message must not get past the limit nine times."""
    with open_with("per: playbook, playbooks: [refund], rate: 1/day") as assistant:
        said = "refund order 8841\nwhat is the refund policy?\nrefund order 8842"
        turn = assistant.send(said, as_user=MARA)
        assert len(turn.pending) == 1
        assert turn.reply.count("At most 1 per day for each playbook") == 1
