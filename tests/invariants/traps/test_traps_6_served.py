"""Trap 6 behind LangGraph's server, where the assistant's graph runs inside another one."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from clients import BATCHED, CUSTOMER, Client, voucher, vouchers
from countersign.app import langgraph_server
from countersign.graphs.assistant.session import AsyncAssistant
from countersign.policies.review.review import ReviewState
from data_folder import MARA, TOM, refunded
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from openai_server import OpenAIServer

calls, call = OpenAIServer.calls, OpenAIServer.call
Served = Callable[[Any, str], Any]


@pytest.fixture
def served(assistant: AsyncAssistant) -> Served:
    """A thread of the server; what is fed to it comes from whoever is named."""
    graph = langgraph_server.build_server_graph(assistant).copy(update={"checkpointer": InMemorySaver()})

    async def feed(given: Any, user: str) -> Any:
        who = SimpleNamespace(identity=user)
        return await graph.ainvoke(given, {"configurable": {"thread_id": "1", langgraph_server.USER_KEY: who}})

    return feed


async def test_trap_6_through_the_server_a_click_reaches_no_pause_it_was_not_meant_for(
    client: Client, model: OpenAIServer, served: Served, home: Path
) -> None:
    """The server keeps an answer without a name and gives it again later: refused once, it signed the next review."""
    model.say(calls(*(call("vouchers__issue", voucher(amount)) for amount in (8701, 8702))))
    text = f"give customer {CUSTOMER} two vouchers of 87.01 and 87.02 EUR because the delivery was late"
    await served({"text": text}, MARA)
    (pause,) = (await served(Command(resume=BATCHED), TOM))["__interrupt__"]
    assert pause.value["refused"]
    (after,) = (await served(Command(resume={pause.id: BATCHED}), TOM))["__interrupt__"]
    assert client.review(pause.value["review_id"]).state is ReviewState.APPROVED
    assert client.review(after.value["review_id"]).state is ReviewState.OPEN
    assert vouchers(home, 8701, 8702) == []


@pytest.mark.parametrize("again", [None, {"type": "ignore"}, {"type": "launch"}])
async def test_trap_6_through_the_server_nobody_lends_another_their_click(
    client: Client, served: Served, home: Path, order: str, again: Any
) -> None:
    """The requester's own approval is refused, kept, and given again as the manager's when he only looks."""
    (pause,) = (await served({"text": f"refund order {order}"}, MARA))["__interrupt__"]
    (pause,) = (await served(Command(resume=BATCHED), MARA))["__interrupt__"]
    for _ in range(2):
        await served(again and Command(resume={pause.id: again}), TOM)
    assert client.review(pause.value["review_id"]).state is ReviewState.OPEN
    assert refunded(home, order) == []
    await served(Command(resume={**BATCHED, "review_id": pause.value["review_id"]}), TOM)
    assert len(refunded(home, order)) == 1


async def test_trap_6_through_the_server_what_cannot_be_read_does_not_block_the_review(
    client: Client, served: Served, home: Path, order: str
) -> None:
    """LangGraph gives a pause that failed the same answer for ever: one odd value, and nobody could answer any more."""
    (pause,) = (await served({"text": f"refund order {order}"}, MARA))["__interrupt__"]
    args = pause.value["action_requests"][0]["args"]
    nested: list[Any] = []
    for _ in range(5000):
        nested = [nested]
    for odd in ("[" * 100_000, "9" * 5_000, nested):
        edit = {"type": "edit", "edited_action": {"name": "refunds.issue", "args": {**args, "amount_minor": odd}}}
        (pause,) = (await served(Command(resume={pause.id: edit}), TOM))["__interrupt__"]
        assert pause.value["refused"]
    for other in ({"type": "reject", "message": {"a": 1}}, {"type": "delegate", "to": [TOM]}, b"approve", 5):
        (pause,) = (await served(Command(resume={pause.id: other}), TOM))["__interrupt__"]
        assert pause.value["refused"]
    assert client.review(pause.value["review_id"]).state is ReviewState.OPEN
    await served(Command(resume={pause.id: BATCHED}), TOM)
    assert len(refunded(home, order)) == 1
