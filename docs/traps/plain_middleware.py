"""What LangChain's own human-in-the-loop middleware and plain LangGraph do in ten situations; see README.md.

Run it with ``python docs/traps/plain_middleware.py``; it needs the package ``langchain``. Every line is what really
happened in a fresh agent whose model is a script; nothing leaves the machine. Both ways of asking are shown:
``batched`` (the default: one question for all calls of a turn) and ``per_call``.
"""

import operator
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware, HumanInTheLoopMiddleware, PIIMiddleware, ToolRetryMiddleware
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt

HAPPENS, ERROR, GONE = "happens", "ends in an error", "does not happen"
Mode = Literal["batched", "per_call"]
MODES: tuple[Mode, ...] = ("batched", "per_call")
RUN: Any = {"configurable": {"thread_id": "1"}}
ASK: Any = {"messages": [HumanMessage("pay acme")]}
GOOD = {"name": "pay", "args": {"amount": 10, "to": "acme"}}
EVIL = {"name": "pay", "args": {"amount": 9999, "to": "evil"}}

paid: list[str] = []


@tool
def pay(amount: int, to: str) -> str:
    """Pays an amount to somebody."""
    paid.append(f"pay({amount}, {to})")
    return "paid"


@dataclass(frozen=True)
class Seen:
    """What one trap did.

    Attributes:
        trap: its number in README.md.
        where: the way of asking, or ``langgraph``.
        verdict: ``happens``, ``ends in an error`` or ``does not happen``.
        line: what was shown, what was answered, what ran.
    """

    trap: int
    where: str
    verdict: str
    line: str


class Scripted(BaseChatModel):
    """A model that makes the same calls whenever a person asks it to pay, and says ``Done.`` to all else."""

    calls: list[dict[str, Any]]

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **_: Any) -> "Scripted":  # noqa: ARG002 - the script knows its tools
        return self

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        asked = isinstance(messages[-1], HumanMessage) and "pay" in str(messages[-1].content)
        calls = [{**call, "id": f"call-{len(messages)}-{at}"} for at, call in enumerate(self.calls)] if asked else []
        return ChatResult(generations=[ChatGeneration(message=AIMessage("" if asked else "Done.", tool_calls=calls))])


def agent(mode: Mode, *calls: Any, gate: Any = True, before: Sequence[Any] = (), tools: Sequence[Any] = (pay,)) -> Any:
    """An agent that may pay, each payment gated; ``before`` stands around the gate."""
    paid.clear()
    guard: Any = HumanInTheLoopMiddleware({"pay": gate}, interrupt_mode=mode)
    model = Scripted(calls=[dict(call) for call in calls or (GOOD,)])
    return create_agent(model, list(tools), middleware=[*before, guard], checkpointer=InMemorySaver())


def answer(mode: Mode, kind: str = "approve") -> Command[Any]:
    """One decision without a name, as a click on a button sends it."""
    return Command(resume={"decisions": [{"type": kind}]} if mode == "batched" else {"type": kind})


def ran() -> str:
    """What was paid."""
    return ", ".join(paid) or "nothing"


def changed_arguments(mode: Mode) -> Seen:
    """Trap 1: the state is edited between the question and the approval."""
    bot = agent(mode)
    shown = bot.invoke(ASK, RUN)["messages"][-1]
    forged = shown.model_copy(update={"tool_calls": [{**EVIL, "id": shown.tool_calls[0]["id"]}]})
    bot.update_state(RUN, {"messages": [forged]}, as_node="model")
    after = bot.invoke(answer(mode), RUN)
    again = "; it asked again before it ran anything" if after.get("__interrupt__") else ""
    line = f"shown pay(10, acme), state edited, approved, ran {ran()}{again}"
    return Seen(1, mode, HAPPENS if paid else GONE, line)


def flipped_predicate(mode: Mode) -> Seen:
    """Trap 2: what decides whether to ask says something else when the run goes on."""
    looked: list[None] = []

    def when(_request: Any) -> bool:
        looked.append(None)
        return len(looked) == 1

    bot = agent(mode, gate={"allowed_decisions": ["approve", "reject"], "when": when})
    bot.invoke(ASK, RUN)
    bot.invoke(answer(mode, "reject"), RUN)
    return Seen(2, mode, HAPPENS if paid else GONE, f"rejected pay(10, acme), the predicate flipped, ran {ran()}")


def new_message(mode: Mode) -> Seen:
    """Trap 3: the person writes something else while the approval waits."""
    bot = agent(mode)
    bot.invoke(ASK, RUN)
    bot.invoke({"messages": [HumanMessage("what is the weather?")]}, RUN)
    waiting = bot.get_state(RUN).interrupts
    bot.invoke(answer(mode), RUN)
    line = f"asked about pay(10, acme), a new message came, {len(waiting)} questions wait, approved, ran {ran()}"
    return Seen(3, mode, GONE if waiting or paid else HAPPENS, line)


def replay(mode: Mode) -> Seen:
    """Trap 4: the same answer to the same old checkpoint, once more."""
    bot = agent(mode)
    bot.invoke(ASK, RUN)
    old = bot.get_state(RUN).config
    bot.invoke(answer(mode), RUN)
    bot.invoke(answer(mode), old)
    return Seen(4, mode, HAPPENS if len(paid) > 1 else GONE, f"approved once, old checkpoint resumed, ran {ran()}")


class Log(TypedDict):
    """The state of the plain graphs below."""

    said: Annotated[list[Any], operator.add]


def graph(*nodes: Any) -> Any:
    """The nodes in a row."""
    builder = StateGraph(Log)
    for at, node in enumerate(nodes):
        builder.add_node(str(at), node)
        builder.add_edge(str(at - 1) if at else START, str(at))
    builder.add_edge(str(len(nodes) - 1), END)
    return builder.compile(checkpointer=InMemorySaver())


def rerun() -> Seen:
    """Trap 5: an interrupted node begins again from its start."""
    mails: list[str] = []

    def node(_: Log) -> dict[str, Any]:
        mails.append("mail")
        return {"said": [interrupt("pay acme?"), interrupt("pay evil?")]}

    app = graph(node)
    app.invoke({"said": []}, RUN)
    app.invoke(Command(resume="yes"), RUN)
    app.invoke(Command(resume="yes"), RUN)
    verdict = HAPPENS if len(mails) > 1 else GONE
    return Seen(5, "langgraph", verdict, f"one mail before two questions in one node: {len(mails)} mails were sent")


def stray_answers() -> Iterator[Seen]:
    """Trap 6: an answer that was meant for one question is taken for another."""

    def both(_: Log) -> dict[str, Any]:
        return {"said": [interrupt("pay acme?"), interrupt("pay evil?")]}

    def acme(_: Log) -> dict[str, Any]:
        return {"said": [interrupt("pay acme?")]}

    def evil(_: Log) -> dict[str, Any]:
        return {"said": [interrupt("pay evil?")]}

    def told(way: str, end: Any) -> Seen:
        said = ", ".join(str(item) for item in end["said"])
        return Seen(6, "langgraph", HAPPENS if len(end["said"]) > 1 else GONE, f"{way}: both questions hold: {said}")

    app = graph(both)
    first = app.invoke({"said": []}, RUN)["__interrupt__"][0].id
    app.invoke(Command(resume={first: "yes"}), RUN)
    yield told("the keyed answer to 'pay acme?' sent twice", app.invoke(Command(resume={first: "yes"}), RUN))
    app = graph(acme, evil)
    app.invoke({"said": []}, RUN)
    app.invoke(Command(resume="yes"), RUN)
    yield told("a double click on 'pay acme?'", app.invoke(Command(resume="yes"), RUN))
    app = graph(both)
    app.invoke({"said": []}, RUN)
    app.invoke(Command(resume="yes"), RUN)
    yield told("'pay acme?' answered, then invoke(None)", app.invoke(None, RUN))


def personal_data() -> Seen:
    """Trap 7: what the redaction keeps from the model stands in the checkpoints."""
    mail, other = "jane.doe@example.com", "holder@example.org"

    @tool
    def lookup(email: str) -> str:
        """Looks a customer up."""
        return f"{email} also writes from {other}"

    hidden = PIIMiddleware("email", apply_to_input=True, apply_to_output=True, apply_to_tool_results=True)
    model = Scripted(calls=[{"name": "lookup", "args": {"email": mail}}])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "checkpoints.db"
        with SqliteSaver.from_conn_string(str(file)) as saver:
            bot = create_agent(model, [lookup], middleware=[hidden], checkpointer=saver)
            end = bot.invoke({"messages": [HumanMessage(f"pay back {mail}")]}, RUN)
        raw = b"".join(path.read_bytes() for path in Path(folder).iterdir())
    calls = sum(mail in str(message.tool_calls) for message in end["messages"] if isinstance(message, AIMessage))
    found = raw.count(mail.encode()), raw.count(other.encode())
    line = f"all e-mail redacted; in the database the user's stands {found[0]} times, the tool's {found[1]} times"
    return Seen(7, "langgraph", HAPPENS if any(found) else GONE, f"{line}, {calls} call has it unredacted")


class OwnRetry(AgentMiddleware[Any, Any, Any]):
    """A retry as people write it."""

    def wrap_tool_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        """Two tries, then words for the model."""
        for _ in range(2):
            try:
                return handler(request)
            except Exception as error:  # noqa: BLE001 - the mistake that is shown
                last = error
        return ToolMessage(f"failed: {type(last).__name__}", tool_call_id=request.tool_call["id"])


def swallowed() -> Iterator[Seen]:
    """Trap 8: the signal of the pause is an ordinary exception."""
    for name, retry in (
        ("ToolRetryMiddleware", ToolRetryMiddleware(initial_delay=0, jitter=False)),
        ("a retry with `except Exception`", OwnRetry()),
    ):
        end = agent("per_call", before=[retry]).invoke(ASK, RUN)
        asked = bool(end.get("__interrupt__"))
        words = next((message.text for message in end["messages"] if isinstance(message, ToolMessage)), "")
        heard = f"nobody was asked, the model was told {words!r}"
        yield Seen(8, "per_call", GONE if asked else HAPPENS, f"{name}: {'a person is asked' if asked else heard}")


def two_calls(mode: Mode) -> Seen:
    """Trap 9: two gated calls at once, and a client that sends one answer."""
    bot = agent(mode, GOOD, EVIL)
    waiting = len(bot.invoke(ASK, RUN)["__interrupt__"])
    try:
        bot.invoke(answer(mode), RUN)
    except (ValueError, RuntimeError) as error:
        verdict, end = ERROR, f"{type(error).__name__}: {str(error).split('. ')[0]}"
    else:
        verdict, end = (HAPPENS if len(paid) > 1 else GONE), f"ran {ran()}"
    return Seen(9, mode, verdict, f"two calls in {waiting} question(s), one unkeyed approve: {end}")


def sub_agent(mode: Mode) -> Seen:
    """Trap 10: the gate hangs on the agent, and the tool is reached through another agent."""
    below = create_agent(Scripted(calls=[EVIL]), [pay])

    @tool
    def bookkeeper(task: str) -> str:
        """Gives a task to the bookkeeper."""
        return str(below.invoke({"messages": [HumanMessage(task)]})["messages"][-1].text)

    ask = {"name": "bookkeeper", "args": {"task": "pay what is due"}}
    end = agent(mode, ask, tools=[pay, bookkeeper]).invoke(ASK, RUN)
    asked = "a person was asked" if end.get("__interrupt__") else "nobody was asked"
    return Seen(10, mode, HAPPENS if paid else GONE, f"pay is gated; through the sub-agent {asked}, ran {ran()}")


def show() -> Iterator[Seen]:
    """Every trap, in the order of README.md."""
    for trap in (changed_arguments, flipped_predicate, new_message, replay):
        yield from (trap(mode) for mode in MODES)
    yield rerun()
    yield from stray_answers()
    yield personal_data()
    yield from swallowed()
    for trap in (two_calls, sub_agent):
        yield from (trap(mode) for mode in MODES)


if __name__ == "__main__":
    print(f"langchain {version('langchain')}, langgraph {version('langgraph')}")
    for seen in show():
        print(f"{seen.trap:>2} {seen.where:<9} {seen.verdict:<16} {seen.line}")
