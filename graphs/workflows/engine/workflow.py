"""Playbooks: workflows that people defined, as subgraphs whose steps are pure functions.

A step looks at its case and says what to do next; the subgraph does it through the gate. So a playbook has no access to
a tool, a model or a database, and can be tested with nothing but values.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command
from pydantic import BaseModel

from ....tools.outcome import Outcome
from ...gate import gate
from ...gate import gate as acting
from ...runtime.services import Desk, RunContext
from ...state import Part, Work
from ...steps import CHANGES, Ask, Calls, Case, Finish, Step, Undo
from . import compensation


@dataclass(frozen=True, slots=True)
class Words:
    """What the inputs of a playbook are filled from: the message, what the person said before, uploaded documents.

    ``lead`` is the user id of the person's manager, or empty.
    """

    text: str
    earlier: str
    documents: tuple[str, ...]
    today: date
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Playbook:
    """A workflow with a typed input, a version and an owner.

    Attributes:
        name: also the name of its node.
        input: pydantic model of what it needs.
        fill: finds values for the input's fields in words; it leaves out what it does not find.
        questions: what to ask for a required field that was not found.
        steps: in order; a step's function name is its node's name.
        writes: the write tools it may use; the turn's plan.
    """

    name: str
    version: str
    owner: str
    title: str
    input: type[BaseModel]
    fill: Callable[[Words], Mapping[str, Any]]
    steps: tuple[Step, ...]
    questions: Mapping[str, str] = field(default_factory=dict)
    writes: tuple[str, ...] = ()


def finding(part: Part, end: Finish | Ask, inputs: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What an agent found, or asks, as plain data for the reply.

    Args:
        inputs: what is known already; kept with a question, so that the answer goes on from there.
    """
    if isinstance(end, Ask):
        known = {name: value for name, value in (inputs or {}).items() if name != end.field}
        asked = {"part": part, "field": end.field, "inputs": known}
        return _record(part, end.question, "asks") | {"asked": asked}
    if end.status == CHANGES:
        return _record(part, end.text, "asks") | {
            "asked": {"part": part, "field": CHANGES, "inputs": dict(inputs or {})}
        }
    return _record(part, end.text, end.status) | {"citations": list(end.citations), "data": dict(end.data)}


def _record(part: Part, text: str, status: str) -> dict[str, Any]:
    return {
        "agent": part["agent"],
        "intent": part["intent"],
        "playbook": part["playbook"],
        "text": text,
        "status": status,
        "citations": [],
        "data": {},
    }


def subgraph(desk: Desk, playbook: Playbook) -> CompiledStateGraph[Work, RunContext, Work, Work]:
    """The playbook as a graph: its steps in a row, each able to pause for a review and act before the next."""
    graph = StateGraph(Work, context_schema=RunContext)
    names = [_name(step) for step in playbook.steps]
    for place, step in enumerate(playbook.steps):
        following = names[place + 1] if place + 1 < len(names) else END
        graph.add_node(names[place], _node(desk, playbook, step, following), destinations=(following, "review", "act"))
    graph.add_node("compensate", _compensate(desk), destinations=("review", "act", END))
    add_gate(graph, desk, (*names, "compensate"))
    graph.add_edge(START, names[0])
    return graph.compile(name=playbook.name)


def _compensate(desk: Desk) -> Callable[..., Any]:
    async def compensate(state: Work, runtime: Runtime[RunContext]) -> Command[Any]:
        """Take back what was done, one call at a time, the last first."""
        manager = runtime.context.principal(desk).manager or ""
        after = compensation.advance(
            state["undo"], state["outcomes"], state.get("ran", {}), desk.registry.specs, manager
        )
        if isinstance(after, Finish):
            return Command(goto=END, update={"findings": [finding(state["part"], after)]})
        calls, undo = after
        command = await proceed(desk, calls, state, runtime, "compensate", agent=compensation.AGENT)
        return Command(goto=command.goto, update={**_update(command), "undo": undo})

    return compensate


def _update(command: Command[Any]) -> dict[str, Any]:
    return dict(command.update) if isinstance(command.update, dict) else {}


def add_gate(graph: "StateGraph[Work, RunContext, Work, Any]", desk: Desk, back_to: Sequence[str]) -> None:
    """Adds the review and act nodes that every path to an effect goes through."""

    async def review(state: Work, runtime: Runtime[RunContext]) -> Command[Any]:
        return await gate.review(desk, state, runtime)

    async def act(state: Work, runtime: Runtime[RunContext]) -> Command[Any]:
        return await acting.act(desk, state, runtime)

    graph.add_node("review", review, destinations=("review", "act"))
    graph.add_node("act", act, destinations=("review", *back_to))


async def proceed(
    desk: Desk, calls: Calls, state: Work, runtime: Runtime[RunContext], following: str, agent: str = ""
) -> Command[Any]:
    """Puts calls through the gate and goes on with a node once all their outcomes are known."""
    outcomes, queue = await gate.settle(desk, calls.calls, state, runtime, agent=agent or state["part"]["agent"])
    update: dict[str, Any] = {"outcomes": outcomes, "queue": queue, "step": following}
    if not queue:
        return Command(goto=following, update=update)
    if all(item["granted"] for item in queue):
        return Command(goto="act", update=update)
    if calls.meanwhile:
        runtime.context.meanwhile.append(calls.meanwhile)
        gate.emit(runtime, "meanwhile", text=calls.meanwhile)
    return Command(goto="review", update=update)


def _node(desk: Desk, playbook: Playbook, step: Step, following: str) -> Callable[..., Any]:
    async def node(state: Work, runtime: Runtime[RunContext]) -> Command[Any]:
        outcomes = {key: Outcome.from_record(record) for key, record in state.get("outcomes", {}).items()}
        case: Case[Any] = Case(playbook.input.model_validate(state["inputs"]), outcomes, desk.today())
        gate.emit(runtime, "step", playbook=playbook.name, step=_name(step))
        try:
            after = step(case)
        except Exception as error:
            taken_back = compensation.after_error(
                error, _name(step), outcomes, state.get("ran", {}), desk.registry.specs
            )
            if taken_back is None:
                raise  # nothing was done, so the run just fails
            after = taken_back
        match after:
            case None:
                return Command(goto=following)
            case Calls():
                return await proceed(desk, after, state, runtime, following)
            case Undo():
                return Command(goto="compensate", update={"undo": compensation.begin(after)})
            case Ask() | Finish():
                found = finding(state["part"], after, state["inputs"])
                return Command(goto=END, update={"findings": [found]})

    return node


def _name(step: Step) -> str:
    return str(getattr(step, "__name__", step))
