"""Traps 5 to 10 of docs/traps/README.md: pauses, stray answers, what stays behind, and ways around the gate."""

import ast
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from clients import APPROVE, BATCHED, CUSTOMER, Client, voucher, vouchers
from countersign.agents.spec import AgentSpec
from countersign.app import langgraph_server
from countersign.graphs.assistant.agent_graph import build_agent_graph, make_gate
from countersign.graphs.assistant.session import AsyncAssistant, Turn
from countersign.graphs.runtime.run import RunState
from countersign.graphs.runtime.services import RunContext
from countersign.graphs.state import Work, WorkPart
from countersign.graphs.steps import Call, Calls
from countersign.graphs.workflows.engine.workflow_graph import add_gate, proceed
from countersign.policies.review.review import ReviewState
from data_folder import MARA, TOM, records, refunded
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command
from openai_server import OpenAIServer
from shipped import SHIPPED

ROOT = Path(__file__).resolve().parents[3]
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
    kinds = [record.kind for record in assistant.services.audit.records(run=turn.run)]
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


async def test_trap_7_an_ended_run_leaves_nothing_in_the_checkpoints(
    client: Client, model: OpenAIServer, assistant: AsyncAssistant, home: Path
) -> None:
    """With all redaction on, the user's e-mail stands raw in the checkpoint database, and the calls' arguments too.

    What holds: the checkpoints of a run that has ended are gone, from the bytes of the file and of its log as well.
    What does not yet: while a run waits for people its checkpoints hold what it has read, unredacted, and so do the
    conversation and the log of decisions for as long as they are kept. Fields that must not be kept at all, and
    retention, are invariant 9 and come with it; on PostgreSQL deleted rows stay in the files until it vacuums them.
    """
    mail = "jane.doe@example.com"

    def found() -> list[str]:
        return [path.name for path in home.glob("checkpoints.db*") if mail.encode() in path.read_bytes()]

    model.say(calls(call("vouchers__issue", {**voucher(8301), "reason": f"late, as {mail} says"})), "It is out.")
    turn = await client.ask(f"give customer {CUSTOMER} a voucher of 83.01 EUR, late, as {mail} says", "mail")
    assert found(), "a run that waits keeps what it needs to go on; the test looks in the wrong place"
    done = await assistant.answer(turn.pending[0].review_id, APPROVE, as_user=TOM)
    assert done is not None
    assert (done.state, vouchers(home, 8301)) == (RunState.DONE, [8301])
    assert found() == []


@pytest.mark.parametrize("way", ["playbook", "model", "both", "server"])
async def test_trap_8_no_way_swallows_the_pause(
    client: Client, model: OpenAIServer, assistant: AsyncAssistant, home: Path, order: str, way: str
) -> None:
    """The signal of a pause is an ordinary exception: a broad ``except`` or a retry around it goes on without a person.

    Whatever stands around the gate (the model's loop, a playbook, two agents at once, the server's node, the driver
    that turns every failure into words) must let it through: the run waits, a review is open, and nothing has run.
    """
    before = records(home, "SELECT (SELECT count(*) FROM refunds), (SELECT count(*) FROM vouchers)")
    amount = {"model": 8401, "both": 8402}.get(way, 0)
    if amount:
        model.say(calls(call("vouchers__issue", voucher(amount))))
    refund, gift = (
        f"refund order {order}",
        f"give customer {CUSTOMER} a voucher of {amount / 100} EUR because it was late",
    )
    text = {"model": gift, "both": f"{refund} and {gift}"}.get(way, refund)
    if way == "server":
        served = langgraph_server.build_server_graph(assistant).copy(update={"checkpointer": InMemorySaver()})
        config: Any = {"configurable": {"thread_id": order, langgraph_server.USER_KEY: SimpleNamespace(identity=MARA)}}
        waiting = (await served.ainvoke({"text": text}, config))["__interrupt__"]
        reviews = [item.value["review_id"] for item in waiting]
    else:
        turn = await client.ask(text, f"swallow-{way}")
        assert turn.state is RunState.WAITING
        reviews = [review.review_id for review in turn.pending]
    assert len(reviews) == (2 if way == "both" else 1)
    assert {client.review(review_id).state for review_id in reviews} == {ReviewState.OPEN}
    assert records(home, "SELECT (SELECT count(*) FROM refunds), (SELECT count(*) FROM vouchers)") == before


def test_trap_8_and_5_one_place_pauses_and_it_does_nothing_before() -> None:
    """A second place that pauses, a ``try`` around it, or work before it in its node would bring both traps back."""
    found = [
        path.relative_to(ROOT).as_posix()
        for room in ("graphs", "agents", "app")
        for path in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "interrupt"
    ]
    assert found == ["graphs/gate/gate.py"]
    gate = ast.parse((ROOT / "graphs/gate/gate.py").read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(gate) if isinstance(node, ast.AsyncFunctionDef)]
    (review,) = [node for node in functions if node.name == "wait_for_review"]
    before = []
    for statement in review.body[1:]:
        called = [node.func for node in ast.walk(statement) if isinstance(node, ast.Call)]
        if any(getattr(function, "id", "") == "interrupt" for function in called):
            assert isinstance(statement, ast.Assign)
            break
        before += [ast.unparse(function) for function in called]
    assert before == ["next"], "the choice of what waits is all that may stand before the pause"


async def test_trap_9_two_calls_at_once_and_a_client_that_sends_one_answer(
    client: Client, model: OpenAIServer, home: Path, order: str
) -> None:
    """One unkeyed decision for two gated calls is a ``ValueError`` that ends the run, or counts for the wrong one.

    Two agents wait at the same time. What the client gets wrong is refused and costs nothing; keyed by the pauses' ids,
    as LangGraph wants it, both answers count, in one message and each for its own.
    """
    amount = 8501
    model.say(calls(call("vouchers__issue", voucher(amount))))
    turn = await client.ask(
        f"refund order {order} and give customer {CUSTOMER} a voucher of 85.01 EUR because it was late", "two-agents"
    )
    for wrong in (BATCHED, {"decisions": [{"type": "approve"}] * 2}, [{"type": "accept", "args": None}]):
        with pytest.raises(RuntimeError, match="interrupt id"):
            await client.resume(turn, Command(resume=wrong))
    assert {client.review(review.review_id).state for review in turn.pending} == {ReviewState.OPEN}
    model.say("The voucher is out.")
    no = {"decisions": [{"type": "reject", "message": "not this one"}]}
    answers = {
        pause.id: no if pause.value["action_requests"][0]["name"] == "refunds.issue" else BATCHED
        for pause in await client.pauses(turn)
    }
    end = await client.resume(turn, Command(resume=answers))
    assert "not this one" in end["reply"]["text"]
    assert (refunded(home, order), vouchers(home, amount)) == ([], [amount])


ROGUE = AgentSpec("rogue", "Rogue", "Does as it likes.", ("*",), tuple(SHIPPED.workflows), "Pay.", ())
"""An agent that nobody foresaw, with every tool and every playbook."""


def rogue(thread: str) -> dict[str, Any]:
    """Where and for whom it runs, with the requester as the one who answers."""
    context = RunContext(MARA, f"halden-birch/{MARA}/rogue", f"rogue-{thread}", answering=MARA)
    return {"config": {"configurable": {"thread_id": thread}}, "context": context}


def work(text: str = "", **more: Any) -> Work:
    """What it works on."""
    part = WorkPart(agent=ROGUE.name, intent="", playbook="", text=text, tools=[])
    return Work(part=part | more, documents=[], inputs={}, outcomes={}, queue=[], notes=[])  # type: ignore[typeddict-item]


async def test_trap_10_another_agent_is_no_way_around_the_gate(
    assistant: AsyncAssistant, home: Path, order: str
) -> None:
    """Gates that hang on an agent do not see what its sub-agents do.

    Here the gate is on the tool: an agent of another's making, run by itself, has to ask like all others.
    """
    graph = build_agent_graph(assistant.services, ROGUE, SHIPPED)
    graph.checkpointer = InMemorySaver()
    end: Any = await graph.ainvoke(work(f"refund order {order}", playbook="refund"), **rogue(order))
    assert end["__interrupt__"][0].value["action_requests"][0]["args"]["order_id"] == order
    end = await graph.ainvoke(Command(resume=BATCHED), **rogue(order))
    assert "separation of duties" in end["__interrupt__"][0].value["refused"]
    assert refunded(home, order) == []


@pytest.mark.parametrize(
    ("tool", "args", "ends"),
    [("vouchers.issue", voucher(8601), "asked"), ("payments.release", {"payment_id": "PAY-0001"}, "denied")],
)
async def test_trap_10_a_graph_of_ones_own_has_the_same_gate(
    assistant: AsyncAssistant, home: Path, tool: str, args: dict[str, Any], ends: str
) -> None:
    """A graph built by hand can wish for any tool and promise anything about its plan; policy answers all the same."""
    gate = make_gate(assistant.services)

    async def wish(state: Work, runtime: Runtime[RunContext]) -> Command[Any]:
        if state["outcomes"]:
            return Command(goto=END)
        return await proceed(gate, Calls.of(Call("wish", tool, args)), state, runtime, "wish", agent=ROGUE.name)

    builder = StateGraph(Work, context_schema=RunContext)
    builder.add_node("wish", wish, destinations=("wish", "review", "act", END))
    add_gate(builder, gate, ("wish",))
    builder.add_edge(START, "wish")
    graph = builder.compile(checkpointer=InMemorySaver())
    before = records(home, "SELECT status, count(*) FROM payments GROUP BY status")
    end: Any = await graph.ainvoke({**work(), "plan": [tool, "*"]}, **rogue(tool))
    assert ends == ("asked" if end.get("__interrupt__") else end["outcomes"]["wish"]["status"])
    assert vouchers(home, 8601) == []
    assert records(home, "SELECT status, count(*) FROM payments GROUP BY status") == before
