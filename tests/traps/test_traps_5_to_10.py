"""Traps 5 to 10 of docs/traps/README.md: pauses, stray answers, what stays behind, and ways around the gate."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from clients import APPROVE, BATCHED, CUSTOMER, Client, voucher, vouchers
from countersign.graphs.session import AsyncAssistant, Turn
from countersign.policies.review import ReviewState
from house import TOM
from langgraph.types import Command
from openai_server import OpenAIServer

calls, call = OpenAIServer.calls, OpenAIServer.call
LATE = f"give customer {CUSTOMER} two vouchers of 80 and 90 EUR because the delivery was late"


async def test_trap_5_what_stands_before_a_pause_runs_once(
    client: Client, model: OpenAIServer, assistant: AsyncAssistant, home: Path
) -> None:
    """An interrupted node begins again from its start: before two questions one mail is sent three times.

    Here a read, two questions and a bad answer between: the model is asked once for each of its answers, the read runs
    once, each voucher is given once.
    """
    model.say(
        calls(call("tickets__get", {"ticket_id": "TCK-0001"})),
        calls(call("vouchers__issue", voucher(8101)), call("vouchers__issue", voucher(8102))),
        "Both are out.",
    )
    turn = await client.ask(LATE, "rerun")
    for _ in range(3):
        await client.resume(turn, Command(resume={pause.id: "yes" for pause in await client.pauses(turn)}))
    for review in turn.pending:
        await assistant.answer(review.review_id, APPROVE, as_user=TOM)
    assert len(model.requests) == 3
    kinds = [record.kind for record in assistant.desk.audit.records(run=turn.run)]
    assert [kinds.count(kind) for kind in ("model.answer", "tool.result", "review.opened")] == [3, 1, 2]
    assert [kinds.count(kind) for kind in ("effect.started", "effect.succeeded")] == [2, 2]
    assert vouchers(home, 8101, 8102) == [8101, 8102]


@pytest.fixture
async def two(client: Client, model: OpenAIServer, amounts: tuple[int, int]) -> Turn:
    """A run that waits for two signatures, one after the other."""
    model.say(calls(*(call("vouchers__issue", voucher(amount)) for amount in amounts)))
    return await client.ask(LATE, f"two-{amounts[0]}")


@pytest.fixture
def amounts(counter: Iterator[int]) -> tuple[int, int]:
    """Two amounts that no other test uses."""
    return next(counter), next(counter)


@pytest.fixture(scope="module")
def counter() -> Iterator[int]:
    """Amounts that need one signature."""
    return iter(range(8200, 8300))


async def test_trap_6_an_answer_without_a_name_is_taken_for_nothing_while_two_wait(
    client: Client, home: Path, two: Turn, amounts: tuple[int, int]
) -> None:
    """A double click on one button approves what was never shown."""
    for _ in range(2):
        await client.click(two)
    assert [client.review(review.review_id).state for review in two.pending] == [ReviewState.OPEN] * 2
    assert vouchers(home, *amounts) == []


async def test_trap_6_an_answered_pause_takes_no_second_answer(
    client: Client, home: Path, model: OpenAIServer, two: Turn, amounts: tuple[int, int]
) -> None:
    """A reply keyed to a question that was answered already is taken by the next one."""
    (pause,) = await client.pauses(two)
    for _ in range(3):
        await client.resume(two, Command(resume={pause.id: BATCHED}))
    await client.resume(two, None)
    states = sorted(client.review(review.review_id).state for review in two.pending)
    assert states == [ReviewState.APPROVED, ReviewState.OPEN]
    assert vouchers(home, *amounts) == []
    (other,) = await client.pauses(two)
    assert other.id != pause.id
    model.say("Both are out.")
    await client.resume(two, Command(resume={other.id: BATCHED}))
    assert vouchers(home, *amounts) == list(amounts)


async def test_trap_6_a_second_click_does_not_reach_what_comes_next(
    client: Client, home: Path, model: OpenAIServer, amounts: tuple[int, int]
) -> None:
    """One question at a time, and the second click comes when the next question stands: it counts for nothing."""
    model.say(calls(call("vouchers__issue", voucher(amounts[0]))), calls(call("vouchers__issue", voucher(amounts[1]))))
    turn = await client.ask(LATE, f"one-by-one-{amounts[0]}")
    for _ in range(3):
        await client.click(turn)
    (pause,) = await client.pauses(turn)
    assert pause.value["action_requests"][0]["args"]["amount_minor"] == amounts[1]
    assert turn.pending[0].review_id in pause.value["refused"]
    assert vouchers(home, *amounts) == [amounts[0]]
    model.say("Both are out.")
    await client.resume(turn, Command(resume={**BATCHED, "review_id": pause.value["review_id"]}))
    assert vouchers(home, *amounts) == list(amounts)
