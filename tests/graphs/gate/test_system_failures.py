"""A turn whose call may or may not have happened waits for who looks; one whose system is down goes another way."""

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from countersign.graphs import Assistant
from countersign.graphs.runtime.run import RunState
from countersign.policies.errors import BadInput, NotAllowed, Unavailable
from countersign.policies.rules.loader import DEFAULT_PACKS
from countersign.tools.connectors.circuit_breaker import MAX_FAILURES
from countersign.tools.spec import ToolContext, ToolSpec
from data_folder import MARA, TOM, copy_of, open_door, orders, records, refunded

LENA = "lena.brandt"


@pytest.fixture
def home(untouched: Path, tmp_path: Path) -> Path:
    return copy_of(untouched, tmp_path / "home")


@pytest.fixture
def assistant(home: Path) -> Iterator[Assistant]:
    with open_door(home) as opened:
        yield opened


def unsure(assistant: Assistant, *, acts: bool) -> Callable[[], int]:
    """Makes refunds lose their answer, after they were paid or before; returns how often it was called."""
    specs: dict[str, ToolSpec] = assistant.core.services.registry._specs
    real, calls = specs["refunds.issue"], [0]

    def run(args: Any, context: ToolContext, /) -> Any:
        calls[0] += 1
        if acts:
            real.run(args, context)
        raise Unavailable("the line went down")

    specs["refunds.issue"] = replace(real, run=run, reconcile=None, idempotent=False, retries=0)
    return lambda: calls[0]


@pytest.mark.parametrize("happened", [True, False])
def test_a_turn_waits_for_who_looks(assistant: Assistant, home: Path, happened: bool) -> None:
    """The reply must neither claim nor deny a payment that nobody knows of, and nothing is paid twice."""
    calls = unsure(assistant, acts=happened)
    order = orders(home, 2000, 9000)[0]
    turn = assistant.send(f"refund order {order}", as_user=MARA)
    assert turn.state is RunState.WAITING
    (question,) = turn.pending
    assert (question.proposal.tool, question.seats) == ("effects.settle", ("support_manager",))
    assert "Did this happen?" in turn.reply
    with pytest.raises(NotAllowed):
        assistant.answer(question.review_id, "approve", as_user=MARA)
    with pytest.raises(BadInput):
        assistant.answer(question.review_id, "respond", as_user=TOM, message="hm")
    answer, why = ("approve", "") if happened else ("reject", "the bank has nothing")
    done = assistant.answer(question.review_id, answer, as_user=TOM, message=why)
    assert done is not None
    assert done.state is RunState.DONE
    assert ("as a person found out" in done.reply, "could not" in done.reply) == (happened, not happened)
    assert (len(refunded(home, order)), calls()) == (int(happened), 1)
    assert assistant.core.services.audit.verify() > 0


def test_the_question_survives_a_restart(home: Path) -> None:
    """Who looks may take a day, and the process that asked is long gone."""
    with open_door(home) as before:
        unsure(before, acts=True)
        order = orders(home, 2000, 9000)[0]
        turn = before.send(f"refund order {order}", as_user=MARA)
    with open_door(home) as after:
        done = after.answer(turn.pending[0].review_id, "approve", as_user=TOM)
        assert done is not None
        assert (done.state, len(refunded(home, order))) == (RunState.DONE, 1)


def letter(assistant: Assistant, home: Path) -> Any:
    """Asks to write to a supplier about an invoice."""
    ((invoice,),) = records(home, "SELECT id FROM invoices ORDER BY id LIMIT 1")
    return assistant.send(f'write to the supplier of {invoice}: "Please send the delivery note."', as_user=LENA)


def test_a_system_that_is_down_has_a_way_round(assistant: Assistant, home: Path) -> None:
    """What cannot be sent now becomes somebody's task, and the reply says so instead of “try again”."""
    breakers = assistant.core.services.registry._breakers
    for _ in range(MAX_FAILURES):
        breakers.record_failure("outbox")
    before = records(home, "SELECT count(*) FROM tasks")
    turn = letter(assistant, home)
    for review in turn.pending:
        turn = assistant.answer(review.review_id, "approve", as_user="karl.weiss")
    assert turn.state is RunState.DONE
    assert "outbox failed" in turn.reply
    assert "Instead: Task" in turn.reply
    assert records(home, "SELECT count(*) FROM tasks") != before
    assert records(home, "SELECT count(*) FROM messages WHERE direction = 'out' AND author = ?", LENA) == [(0,)]
    kinds = [record.data["tool"] for record in assistant.core.services.audit.records(run=turn.run, kind="decision")]
    assert kinds[-2:] == ["suppliers.message", "tasks.create"], "the way round went through the same door"


PACK = """
pack: house
version: "1"
owner: boss
description: The rules of one test.
rules:
  - {id: house.tasks, description: Tasks., owner: boss, source: book#1, tools: [tasks.create], roles: [finance_clerk],
     effect: review, reviewers: [controller], deadline: 2d, reason: Tasks are looked at.}
"""


def test_an_edited_way_round_is_not_taken_for_the_way_itself(untouched: Path, tmp_path: Path) -> None:
    """A reviewer who edits the task must not make the reply claim that the letter was sent."""
    (tmp_path / "house.yaml").write_text(PACK)
    packs = {"COUNTERSIGN_PACKS": os.pathsep.join([str(DEFAULT_PACKS), str(tmp_path / "house.yaml")])}
    home = copy_of(untouched, tmp_path / "home")
    with open_door(home, packs) as assistant:
        for _ in range(MAX_FAILURES):
            assistant.core.services.registry._breakers.record_failure("outbox")
        (review,) = letter(assistant, home).pending
        assert review.proposal.tool == "tasks.create"
        args = {**review.proposal.args, "title": "Call them instead"}
        turn = assistant.answer(review.review_id, "edit", as_user="karl.weiss", args=args)
        assert turn is not None
        (edited,) = turn.pending
        assert assistant.answer(edited.review_id, "approve", as_user="thea.denholm") is None
        done = assistant.answer(edited.review_id, "approve", as_user=TOM)
        assert done is not None
        assert done.data, done.reply
        assert (done.data[0]["status"], "Instead: Task" in done.reply) == ("handed_over", True)
        assert records(home, "SELECT count(*) FROM tasks WHERE title = 'Call them instead'") == [(1,)]


def test_what_may_have_happened_has_no_way_round(assistant: Assistant, home: Path) -> None:
    """A second way after a first that perhaps worked would do it twice."""
    specs: dict[str, ToolSpec] = assistant.core.services.registry._specs
    real = specs["suppliers.message"]

    def run(_args: Any, _context: ToolContext, /) -> Any:
        raise Unavailable("gone")

    specs["suppliers.message"] = replace(real, run=run, reconcile=None, idempotent=False, retries=0)
    turn = letter(assistant, home)
    assert turn.state is RunState.WAITING
    assert turn.pending[0].proposal.tool == "effects.settle"
    assert records(home, "SELECT count(*) FROM tasks WHERE title LIKE 'Write to%'") == [(0,)]


def test_nobody_proposes_the_name_under_which_people_are_asked(assistant: Assistant) -> None:
    """A model that calls `effects.settle` must not get to settle anything."""
    from countersign.tools.outcome import Grant
    from countersign.tools.registry.registry import Origin

    registry = assistant.core.services.registry
    origin = Origin(assistant.principal(TOM), "support", "t", "r", frozenset({"effects.settle"}))
    proposal = registry.propose("effects.settle", {"effect": "0" * 64}, origin)
    assert registry.decide(proposal).verdict == "deny"
    assert asyncio.run(registry.execute(proposal, Grant(proposal.digest))).status == "denied"
