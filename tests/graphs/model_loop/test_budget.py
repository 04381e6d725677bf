"""Budgets in the whole assistant, against a real endpoint: what is asked, what is booked, and what people are told."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from countersign.graphs import Assistant
from countersign.graphs.assistant.session import Turn
from countersign.policies.limits.budgets import ALERT, REACHED
from countersign.policies.rules.loader import DEFAULT_PACKS
from data_folder import MARA, copy_of, open_door
from openai_server import OpenAIServer

HEAD = """
pack: house
version: "1"
owner: boss
description: The budgets of one test.
rules:
  - {id: house.none, description: Nothing., owner: boss, source: book#1, tools: [orders.get], roles: [nobody],
     effect: allow, reason: Never.}
"""
BUDGET = "budgets:\n  - {{id: house.money, owner: boss, source: book#2, reason: Too dear., currency: EUR, {rest}}}\n"
DAY = "per: user, window: day, amount_minor: 10000"
ASK = "what does the customer want in ticket TCK-0001?"
answer = OpenAIServer.answer
PRICES = "scripted=1/1, small=0.01/0.01"


@pytest.fixture
def open_with(untouched: Path, tmp_path: Path, openai_server: OpenAIServer) -> Callable[..., Assistant]:
    """Opens the assistant with a model and a budget; 1,000 tokens cost a euro."""

    def opened(rest: str = "", **env: str) -> Assistant:
        pack = tmp_path / "house.yaml"
        pack.write_text(HEAD + (BUDGET.format(rest=rest) if rest else ""))
        packs = os.pathsep.join([str(DEFAULT_PACKS), str(pack)])
        given = {"COUNTERSIGN_MODEL_PRICES": PRICES, "COUNTERSIGN_MODEL_RETRIES": "0", "COUNTERSIGN_PACKS": packs}
        return open_door(copy_of(untouched, tmp_path / "home"), openai_server.environment(**(given | env)))

    return opened


def ask(assistant: Assistant, thread: str) -> Turn:
    return assistant.send(ASK, as_user=MARA, thread=thread)


def spent(assistant: Assistant) -> tuple[int, int]:
    """Micros that the user spent and reserved today."""
    spending = assistant.core.services.budget_ledger
    assert spending is not None
    [found] = spending.sums(assistant.principal(MARA).tenant, "user", by_day=True)
    return found.spent, found.held


def kinds(assistant: Assistant, turn: Turn) -> list[str]:
    return [record.kind for record in assistant.core.services.audit.records(run=turn.run)]


def test_what_the_endpoint_counted_is_booked(open_with: Callable[..., Assistant], openai_server: OpenAIServer) -> None:
    """The sum must be what was used and not what was feared, and the answer cannot be longer than was paid for."""
    openai_server.say(answer("A replacement.", usage=(1500, 250)))
    with open_with(DAY, COUNTERSIGN_ANSWER_TOKENS="900") as assistant:
        assert ask(assistant, "one").reply.startswith("A replacement.")
        assert spent(assistant) == (1_750_000, 0)
    body = openai_server.requests[0].body
    assert body.get("max_tokens", body.get("max_completion_tokens")) == 900


def test_what_the_endpoint_did_not_count_is_booked_in_full(
    open_with: Callable[..., Assistant], openai_server: OpenAIServer
) -> None:
    """An endpoint that does not say what it used must not make its answers look cheaper than they can have been."""
    openai_server.say(answer("A replacement.", usage=None))
    with open_with(DAY, COUNTERSIGN_ANSWER_TOKENS="900") as assistant:
        assert ask(assistant, "one").reply.startswith("A replacement.")
        cost, held = spent(assistant)
        assert held == 0
        assert cost > 900_000, "the longest answer, and a byte for each token of the question"


def test_near_its_end_people_are_told_once(open_with: Callable[..., Assistant], openai_server: OpenAIServer) -> None:
    """The turn in which a budget runs low says so, the log keeps it, and the next turn does not repeat it."""
    openai_server.say(answer("One.", usage=(70_000, 0)), answer("Two.", usage=(10, 0)), answer("Three.", usage=(10, 0)))
    with open_with(DAY + ", alert_at: 70") as assistant:
        assert "Budget" not in ask(assistant, "one").reply
        turn = ask(assistant, "two")
        assert turn.reply.startswith("Two.")
        assert "% of 100.00 EUR for each user and day is used (book#2)." in turn.reply
        assert ALERT in kinds(assistant, turn)
        assert "Budget" not in ask(assistant, "three").reply


def test_then_rules_work_on_without_a_model(open_with: Callable[..., Assistant], openai_server: OpenAIServer) -> None:
    """Over the budget no request goes out, and the person is still served by rules, and told."""
    openai_server.say(answer("One.", usage=(99_000, 0)))
    with open_with(DAY + ", then: rules") as assistant:
        ask(assistant, "one")
        turn = ask(assistant, "two")
        assert "TCK-0001" in turn.reply
        assert "Too dear." in turn.reply
        assert "without a model" in turn.reply
        assert REACHED in kinds(assistant, turn)
    assert len(openai_server.requests) == 1


def test_then_the_work_stops(open_with: Callable[..., Assistant], openai_server: OpenAIServer) -> None:
    """Where the owner wants it so, the work that needs a model ends with the reason."""
    openai_server.say(answer("One.", usage=(99_000, 0)))
    with open_with(DAY + ", then: stop") as assistant:
        ask(assistant, "one")
        turn = ask(assistant, "two")
        assert turn.reply.startswith("Too dear. 99 % of 100.00 EUR for each user and day is used (book#2).")
        assert "Nothing was done." in turn.reply
    assert len(openai_server.requests) == 1


def test_then_the_cheaper_model_is_asked(open_with: Callable[..., Assistant], openai_server: OpenAIServer) -> None:
    """From the alert on the cheaper model is asked, and its own price is booked."""
    openai_server.say(answer("One.", usage=(85_000, 0)), answer("Two.", usage=(1000, 0)))
    with open_with(DAY + ", then: cheaper", COUNTERSIGN_CHEAPER_MODEL="small") as assistant:
        ask(assistant, "one")
        assert ask(assistant, "two").reply.startswith("Two.")
        assert spent(assistant) == (85_010_000, 0)
    assert [request.model for request in openai_server.requests] == ["scripted", "small"]


def test_a_model_without_a_price_is_not_asked(open_with: Callable[..., Assistant], openai_server: OpenAIServer) -> None:
    """Nobody can keep within a budget what costs nobody knows what; without a budget it goes on as ever."""
    with open_with(DAY, COUNTERSIGN_MODEL_PRICES="") as assistant:
        assert "TCK-0001" in ask(assistant, "one").reply
    assert openai_server.requests == []


def test_without_budgets_what_is_spent_is_still_counted(
    open_with: Callable[..., Assistant], openai_server: OpenAIServer
) -> None:
    """A budget that comes later must know it, and somebody may simply want to know."""
    openai_server.say(answer("One.", usage=(1000, 1000)))
    with open_with() as assistant:
        ask(assistant, "one")
        assert spent(assistant) == (2_000_000, 0)


@pytest.mark.parametrize(("reply", "free"), [(OpenAIServer.failure(429), True), (answer("Half", then="drop"), False)])
def test_what_failed_counts_unless_it_was_refused(
    open_with: Callable[..., Assistant], openai_server: OpenAIServer, reply: object, free: bool
) -> None:
    """A refused request costs nothing; one that broke off may have cost all that was reserved."""
    openai_server.say(reply)  # type: ignore[arg-type]
    with open_with(DAY) as assistant:
        ask(assistant, "one")
        cost, held = spent(assistant)
        assert held == 0
        assert (cost == 0) is free
