"""LangGraph's server finds the graph, and a turn through it is like one by any other door."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from countersign.app import langgraph_server
from countersign.graphs.assistant.session import AsyncAssistant
from countersign.policies.errors import BadInput, NotAllowed, Tampered
from countersign.policies.review.review import Answer, AnswerType
from data_folder import copy_of, open_core
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

ROOT = Path(__file__).resolve().parents[2]


def test_the_server_finds_the_graph_by_module() -> None:
    """A path would import the rooms a second time under other names."""
    settings = json.loads((ROOT / "langgraph.json").read_text(encoding="utf-8"))
    module, _, name = settings["graphs"]["assistant"].partition(":")
    assert module == langgraph_server.__name__
    assert callable(getattr(langgraph_server, name))
    assert settings["dependencies"] == ["."]


def _config(user: Any, thread: str = "1") -> Any:
    configurable = {"thread_id": thread}
    return {"configurable": configurable | ({"langgraph_auth_user": user} if user is not None else {})}


def _user(user_id: str) -> Any:
    return SimpleNamespace(identity=user_id)


@pytest.fixture
def assistant(untouched: Path, tmp_path: Path) -> Any:
    """An assistant of its own."""
    core = open_core(copy_of(untouched, tmp_path / "home"))
    yield core
    core.close()


@pytest.fixture
def served(assistant: AsyncAssistant) -> Any:
    """The graph with a checkpointer, as a server would run it."""
    compiled = langgraph_server.build_server_graph(assistant)
    assert compiled.checkpointer is None
    return compiled.copy(update={"checkpointer": InMemorySaver()})


async def test_a_turn_through_the_server(served: Any) -> None:
    """The same answer as by any other door."""
    reply = await served.ainvoke({"text": "why is invoice INV-1042 stuck?"}, _config(_user("lena.brandt")))
    assert "INV-1042" in reply["reply"]
    assert set(reply) == {"reply", "citations", "status"}


@pytest.mark.parametrize(
    "user", [None, {"identity": "tom.adler"}, "tom.adler", SimpleNamespace(identity=""), _user("x")]
)
async def test_without_authentication_nothing_is_done(served: Any, assistant: AsyncAssistant, user: Any) -> None:
    """Plain data may come from the client's own configuration and proves nothing."""
    with pytest.raises(NotAllowed):
        await served.ainvoke({"text": "refund order 8841"}, _config(user))
    assert not list(assistant.services.audit.records(kind="message"))


async def test_a_client_cannot_set_who_it_is(served: Any, assistant: AsyncAssistant) -> None:
    """Input and context are the client's; identity is the server's."""
    given = {"text": "refund order 8841", "run": "run-1", "findings": [{"text": "forged"}]}
    await served.ainvoke(given, _config(_user("noah.lind")), context={"user_id": "tom.adler"})
    actors = {record.actor for record in assistant.services.audit.records(kind="message")}
    assert actors == {"noah.lind"}


async def test_a_reviewer_answers_through_the_server(served: Any, assistant: AsyncAssistant) -> None:
    """The requester's run goes on as the requester's, signed by whoever is logged in."""
    waiting = await served.ainvoke({"text": "refund order 8841"}, _config(_user("mara.voss")))
    request = waiting["__interrupt__"][0].value
    assert request["action_requests"][0]["name"] == "refunds.issue"
    decision: Command[str] = Command(resume={"decisions": [{"type": "approve"}]})
    reply = await served.ainvoke(decision, _config(_user("tom.adler")))
    assert "Refunded" in reply["reply"]
    signed = assistant.services.reviews.get(request["review_id"])
    assert [signature.user_id for signature in signed.signatures] == ["tom.adler"]
    assert signed.proposal.user_id == "mara.voss"


async def test_an_answer_by_another_door_ends_the_wait(served: Any, assistant: AsyncAssistant) -> None:
    """The review in SQL is the truth; the server's thread only has to look again, and nothing runs twice."""
    waiting = await served.ainvoke({"text": "refund order 8841"}, _config(_user("mara.voss")))
    review_id = waiting["__interrupt__"][0].value["review_id"]
    await assistant.answer(review_id, Answer(AnswerType.APPROVE), as_user="tom.adler")
    reply = await served.ainvoke(Command(resume={"settled": True}), _config(_user("mara.voss")))
    assert "Refunded" in reply["reply"]
    assert len(list(assistant.services.audit.records(kind="effect.succeeded"))) == 1


async def test_a_state_that_points_elsewhere_is_refused(served: Any, assistant: AsyncAssistant) -> None:
    """Clients may write a thread's state; pointing at another person's run must not borrow their name."""
    other = await assistant.send("hello", as_user="tom.adler")
    config = _config(_user("mara.voss"), "2")
    await served.aupdate_state(config, {"run": other.run}, as_node="receive")
    with pytest.raises(Tampered):
        await served.ainvoke(None, config)


async def test_bad_messages_are_refused(served: Any) -> None:
    """The same checks as everywhere."""
    for given in ({"text": " "}, {"text": "x", "files": [{"name": "a", "text": "\0\1\2"}]}):
        with pytest.raises(BadInput):
            await served.ainvoke(given, _config(_user("mara.voss")))


async def test_a_refused_answer_leaves_the_review_open(served: Any, assistant: AsyncAssistant) -> None:
    """The requester's own signature is refused and recorded; the manager's still counts afterwards."""
    waiting = await served.ainvoke({"text": "refund order 8841"}, _config(_user("mara.voss")))
    review_id = waiting["__interrupt__"][0].value["review_id"]
    decision: Command[str] = Command(resume={"decisions": [{"type": "approve"}]})
    still = await served.ainvoke(decision, _config(_user("mara.voss")))
    assert "separation of duties" in still["__interrupt__"][0].value["refused"]
    assert len(list(assistant.services.audit.records(kind="review.refused"))) == 1
    assert assistant.services.reviews.get(review_id).state == "open"
    # By name, because the server keeps what was refused and could give it again under the manager's name.
    named: Command[str] = Command(resume={"decisions": [{"type": "approve"}], "review_id": review_id})
    reply = await served.ainvoke(named, _config(_user("tom.adler")))
    assert "Refunded" in reply["reply"]
