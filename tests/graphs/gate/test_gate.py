"""The gate: what was signed is what runs, once, whatever a client does to the graph, the state or the answer."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from countersign.graphs.assistant.agent_graph import make_gate
from countersign.graphs.assistant.session import AsyncAssistant, Turn
from countersign.graphs.runtime.driver import make_config
from countersign.graphs.runtime.run import RunState
from countersign.graphs.runtime.services import RunContext
from countersign.policies.domain.canonical import canonicalize
from countersign.policies.domain.decision import Verdict
from countersign.policies.errors import NotAllowed, Tampered
from countersign.policies.review.review import Answer, AnswerType, ReviewState
from countersign.policies.storage.database import begin_write
from countersign.tools.outcome import Grant
from data_folder import MARA, TOM, open_core, orders, records, refunded
from langgraph.runtime import Runtime
from langgraph.types import Command
from sqlalchemy import text

APPROVE = Answer(AnswerType.APPROVE)


@pytest.fixture(scope="module")
def assistant(home: Path) -> Iterator[AsyncAssistant]:
    opened = open_core(home)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def asked() -> dict[str, Turn]:
    return {}


@pytest.fixture
async def waiting(assistant: AsyncAssistant, fresh_orders: Iterator[str], asked: dict[str, Turn]) -> Turn:
    """One request that many tests answer wrongly."""
    if not asked:
        asked["turn"] = await ask(assistant, next(fresh_orders))
    return asked["turn"]


async def ask(assistant: AsyncAssistant, order: str, user: str = MARA) -> Turn:
    turn = await assistant.send(f"refund order {order}", as_user=user, thread=order)
    assert turn.state is RunState.WAITING
    return turn


def context(turn: Turn, answering: str = "", user: str = MARA) -> RunContext:
    return RunContext(user, turn.thread, turn.run, answering=answering)


def edit(turn: Turn, **changes: Any) -> Answer:
    return Answer(AnswerType.EDIT, "changed", {**turn.pending[0].proposal.args, **changes})


async def test_an_edit_is_decided_again_and_runs_as_edited(assistant: AsyncAssistant, home: Path, order: str) -> None:
    """The smaller amount is within what support may give; exactly that is paid, under its own digest."""
    turn = await ask(assistant, order)
    done = await assistant.answer(turn.pending[0].review_id, edit(turn, amount_minor=5000), as_user=TOM)
    assert done is not None
    assert (done.state, refunded(home, order)) == (RunState.DONE, [5000])


async def test_an_edit_to_what_policy_denies_runs_nothing(assistant: AsyncAssistant, home: Path, order: str) -> None:
    """A reviewer's pen must not be a way around policy."""
    turn = await ask(assistant, order)
    review_id = turn.pending[0].review_id
    with pytest.raises(NotAllowed, match="policy does not allow that edit"):
        await assistant.answer(review_id, edit(turn, amount_minor=99_999_999), as_user=TOM)
    assert assistant.services.reviews.get(review_id).state is ReviewState.OPEN
    assert refunded(home, order) == []


async def test_nobody_edits_what_they_may_not_ask_for(assistant: AsyncAssistant, home: Path) -> None:
    """A controller may sign a refund, but not make one of their own by the requester's hand."""
    order = orders(home, 120_000, 400_000)[0]
    turn = await ask(assistant, order)
    with pytest.raises(NotAllowed, match=r"karl\.weiss, whose edit this is"):
        await assistant.answer(turn.pending[0].review_id, edit(turn, amount_minor=110_000), as_user="karl.weiss")
    assert assistant.services.reviews.get(turn.pending[0].review_id).signatures == ()


async def test_an_editor_who_lost_the_right_stops_the_edit(assistant: AsyncAssistant, order: str) -> None:
    """The edit is decided under both persons' rights again when it runs, not only when it was made."""
    turn = await ask(assistant, order)
    first = turn.pending[0]
    edited = replace(first.proposal, arguments=canonicalize({**first.proposal.args, "amount_minor": 1_000}))
    by_clerk = replace(edited, edited_by="karl.weiss")
    assert assistant.services.registry.preview(replace(edited, edited_by=TOM)).verdict is Verdict.ALLOW
    assert assistant.services.registry.preview(by_clerk).verdict is Verdict.DENY
    assert assistant.services.registry.preview(replace(edited, edited_by="nobody")).verdict is Verdict.DENY
    outcome = await assistant.services.registry.execute(by_clerk, Grant(by_clerk.digest))
    assert outcome.status == "denied"


async def test_an_edit_that_needs_two_people_is_not_signed_by_its_editor(assistant: AsyncAssistant, home: Path) -> None:
    """Above 1,000 a controller signs too; who edits does not count as one of the two."""
    order = orders(home, 120_000, 400_000)[0]
    turn = await ask(assistant, order)
    again = await assistant.answer(turn.pending[0].review_id, edit(turn, amount_minor=110_000), as_user=TOM)
    assert again is not None
    assert again.state is RunState.WAITING
    review_id = again.pending[0].review_id
    assert again.pending[0].signatures == ()
    with pytest.raises(NotAllowed, match="your edit"):
        await assistant.answer(review_id, APPROVE, as_user=TOM)
    back = {**again.pending[0].proposal.args, "amount_minor": 120_000}
    third = await assistant.answer(review_id, Answer(AnswerType.EDIT, "back", back), as_user="sven.pohlmann")
    assert third is not None
    last = {**back, "amount_minor": 110_000}
    circle = Answer(AnswerType.EDIT, "and round", last)
    done = await assistant.answer(third.pending[0].review_id, circle, as_user=TOM)
    assert done is not None
    assert (done.state, refunded(home, order)) == (RunState.DONE, [])
    assert "circle" in done.reply


async def test_a_reply_in_place_of_the_tool_runs_nothing(assistant: AsyncAssistant, home: Path, order: str) -> None:
    """The reviewer's words reach the person; the refund does not happen."""
    turn = await ask(assistant, order)
    words = Answer(AnswerType.RESPOND, "Offer a repair first.")
    done = await assistant.answer(turn.pending[0].review_id, words, as_user=TOM)
    assert done is not None
    assert "Offer a repair first." in done.reply
    assert refunded(home, order) == []


async def test_facts_are_looked_at_again_before_the_run(assistant: AsyncAssistant, home: Path, order: str) -> None:
    """Signed, but refunded meanwhile by somebody else: the signature does not pay twice."""
    turn = await ask(assistant, order)
    records(home, "UPDATE orders SET status = 'cancelled' WHERE id = ?", order)
    done = await assistant.answer(turn.pending[0].review_id, APPROVE, as_user=TOM)
    assert done is not None
    assert "only delivered or lost orders" in done.reply
    assert refunded(home, order) == []


async def test_a_role_that_was_taken_away_counts_no_more(assistant: AsyncAssistant, home: Path, order: str) -> None:
    """The requester moved to another department while the request waited."""
    user = "kira.grothe"
    turn = await ask(assistant, order, user)
    records(home, "UPDATE employees SET roles = ? WHERE user_id = ?", '["employee"]', user)
    done = await assistant.answer(turn.pending[0].review_id, APPROVE, as_user=TOM)
    assert done is not None
    assert "did not refund" in done.reply
    assert refunded(home, order) == []


async def queued(assistant: AsyncAssistant, turn: Turn) -> Any:
    """What waits in the state of a paused run, as a copy to be forged."""
    state = await assistant.graph.aget_state(make_config(turn.run), subgraphs=True)
    inner: Any = state.tasks[0].state
    inner = inner.tasks[0].state
    return json.loads(json.dumps(inner.values["queue"][0]))


async def test_state_changed_after_the_signature_does_not_run(
    assistant: AsyncAssistant, home: Path, order: str
) -> None:
    """Shown one amount, another in the state: the plain middleware pays the other one (trap 1)."""
    turn = await ask(assistant, order)
    forged = {**await queued(assistant, turn), "granted": True}
    forged["proposal"]["args"]["amount_minor"] += 1
    assistant.services.reviews.answer(forged["review_id"], assistant.principal(TOM), APPROVE, assistant.services.now())
    for review_id in (forged["review_id"], ""):
        state: Any = {"queue": [{**forged, "review_id": review_id}], "outcomes": {}, "step": "tell_ticket"}
        command = await make_gate(assistant.services).act(state, Runtime(context=context(turn)))
        assert command.update["outcomes"]["refund"]["status"] == "denied"  # type: ignore[index]
    assert refunded(home, order) == []


@pytest.mark.parametrize("change", [{"user_id": TOM}, {"run": "run-of-another"}])
async def test_a_call_in_the_state_runs_for_nobody_else(
    assistant: AsyncAssistant, home: Path, order: str, change: dict[str, str]
) -> None:
    """Who controls the state must not act as another person, or once more under another run."""
    turn = await ask(assistant, order)
    forged = {**await queued(assistant, turn), "granted": True, "review_id": ""}
    forged["proposal"] |= change
    forged["proposal"]["args"]["amount_minor"] = 100
    state: Any = {"queue": [forged], "outcomes": {}, "step": "tell_ticket"}
    with pytest.raises(Tampered, match="somebody else"):
        await make_gate(assistant.services).act(state, Runtime(context=context(turn)))
    assert refunded(home, order) == []


@pytest.mark.parametrize(
    ("answering", "sent"),
    [
        ("", {"decisions": [{"type": "approve"}]}),
        (MARA, {"decisions": [{"type": "approve"}]}),
        ("mara.voss.admin", {"type": "approve"}),
        ("nobody.known", {"type": "approve"}),
        (TOM, {"decisions": [{"type": "approve"}, {"type": "approve"}]}),
        (TOM, {"decisions": [{"type": "launch"}]}),
        (TOM, {"type": "approve", "review_id": "REV-000000000000"}),
        (TOM, {"type": "reject"}),
        (TOM, [{"type": "ignore", "args": None}]),
        (TOM, "yes"),
        (TOM, None),
        (TOM, {"settled": True}),
    ],
)
async def test_an_answer_that_counts_for_nothing_leaves_the_review_answerable(
    assistant: AsyncAssistant, home: Path, waiting: Turn, answering: str, sent: Any
) -> None:
    """Nobody, the wrong one, or rubbish: the pause stays, and the next answer is not swallowed by the bad one."""
    order = waiting.pending[0].proposal.args["order_id"]
    config = make_config(waiting.run)
    pause = (await assistant.graph.aget_state(config)).interrupts[0]
    feed: Command[str] = Command(resume={pause.id: sent})
    await assistant.graph.ainvoke(feed, config, context=context(waiting, answering))
    state = await assistant.graph.aget_state(config)
    assert [item.value["review_id"] for item in state.interrupts] == [waiting.pending[0].review_id]
    assert assistant.services.reviews.get(waiting.pending[0].review_id).state is ReviewState.OPEN
    assert refunded(home, order) == []


async def test_after_all_of_them_the_right_answer_by_a_client_pays_once(
    assistant: AsyncAssistant, home: Path, waiting: Turn
) -> None:
    """A client that resumes the graph itself, as its reviewer, gets the same as one that uses the session."""
    config = make_config(waiting.run)
    order = waiting.pending[0].proposal.args["order_id"]
    for _ in range(2):
        state = await assistant.graph.aget_state(config)
        answers = {item.id: {"decisions": [{"type": "approve"}]} for item in state.interrupts}
        await assistant.graph.ainvoke(Command(resume=answers), config, context=context(waiting, TOM))
        assert len(refunded(home, order)) == 1


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM reviews WHERE review_id = :id",
        "UPDATE reviews SET proposal = replace(proposal, '\"run\"', '\"ran\"') WHERE review_id = :id",
    ],
)
async def test_a_review_that_is_lost_or_changed_ends_the_run_clearly(
    assistant: AsyncAssistant, home: Path, order: str, damage: str
) -> None:
    """A record that is gone must neither run the call nor block the conversation for ever."""
    turn = await ask(assistant, order)
    with begin_write(assistant.services.reviews._engine) as connection:
        connection.execute(text(damage), {"id": turn.pending[0].review_id})
    said = await assistant.send("hello", as_user=MARA, thread=order)
    assert said.state is RunState.DONE
    history = assistant.history(as_user=MARA, thread=order)
    assert turn.pending[0].review_id in history[-3].text
    assert refunded(home, order) == []
