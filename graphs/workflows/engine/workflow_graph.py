"""The graph of a workflow has its steps in a row, each able to pause for a review and to act before the next."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command

from ....tools.outcome import Outcome
from ...gate.gate import Gate, emit_event
from ...runtime.services import RunContext
from ...state import Work, WorkPart
from ...steps import CHANGES, Ask, Calls, Compensation, Finish, StepContext, WorkflowStep
from . import compensation
from .workflow import Workflow


def make_finding(part: WorkPart, end: Finish | Ask, inputs: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What an agent found, or asks, as plain data for the reply.

    Args:
        inputs: what is known already; kept with a question, so that the answer goes on from there.
    """
    if isinstance(end, Ask):
        known = {name: value for name, value in (inputs or {}).items() if name != end.field} | dict(end.known)
        asked = {"part": part, "field": end.field, "inputs": known}
        return _record(part, end.question, "asks") | {"asked": asked}
    if end.status == CHANGES:
        return _record(part, end.text, "asks") | {
            "asked": {"part": part, "field": CHANGES, "inputs": dict(inputs or {})}
        }
    return _record(part, end.text, end.status) | {"citations": list(end.citations), "data": dict(end.data)}


def _record(part: WorkPart, text: str, status: str) -> dict[str, Any]:
    return {
        "agent": part["agent"],
        "intent": part["intent"],
        "playbook": part["playbook"],
        "text": text,
        "status": status,
        "citations": [],
        "data": {},
    }


def build_workflow_graph(
    gate: Gate, workflow: Workflow, today: Callable[[], date], clauses: Mapping[str, str]
) -> CompiledStateGraph[Work, RunContext, Work, Work]:
    """The workflow as a graph: its steps in a row, each able to pause for a review and act before the next.

    Args:
        today: the business date of the systems of record.
        clauses: the business's clause library.
    """
    graph = StateGraph(Work, context_schema=RunContext)
    names = [name for name, _ in workflow.named_steps]
    for (name, step), following in zip(workflow.named_steps, (*names[1:], END), strict=True):
        node = _node(gate, workflow, name, step, following, today, clauses)
        graph.add_node(name, node, destinations=(following, "review", "act"))
    graph.add_node("compensate", _compensate(gate), destinations=("review", "act", END))
    add_gate(graph, gate, (*names, "compensate"))
    graph.add_edge(START, names[0])
    return graph.compile(name=workflow.name)


def _compensate(gate: Gate) -> Callable[..., Any]:
    async def compensate(state: Work, runtime: Runtime[RunContext]) -> Command[Any]:
        """Take back what was done, one call at a time, the last first."""
        manager = runtime.context.principal(gate.directory).manager or ""
        after = compensation.advance_undo(
            state["undo"], state["outcomes"], state.get("ran", {}), gate.registry.specs, manager
        )
        if isinstance(after, Finish):
            return Command(goto=END, update={"findings": [make_finding(state["part"], after)]})
        calls, undo = after
        command = await proceed(gate, calls, state, runtime, "compensate", agent=compensation.AGENT)
        return Command(goto=command.goto, update={**_update(command), "undo": undo})

    return compensate


def _update(command: Command[Any]) -> dict[str, Any]:
    return dict(command.update) if isinstance(command.update, dict) else {}


def add_gate(graph: "StateGraph[Work, RunContext, Work, Any]", gate: Gate, back_to: Sequence[str]) -> None:
    """Adds the review and act nodes that every path to an effect goes through."""

    async def review(state: Work, runtime: Runtime[RunContext]) -> Command[Any]:
        return await gate.wait_for_review(state, runtime)

    async def act(state: Work, runtime: Runtime[RunContext]) -> Command[Any]:
        return await gate.act(state, runtime)

    graph.add_node("review", review, destinations=("review", "act"))
    graph.add_node("act", act, destinations=("review", *back_to))


async def proceed(
    gate: Gate, calls: Calls, state: Work, runtime: Runtime[RunContext], following: str, agent: str = ""
) -> Command[Any]:
    """Puts calls through the gate and goes on with a node once all their outcomes are known."""
    outcomes, queue = await gate.settle_calls(calls.calls, state, runtime, agent=agent or state["part"]["agent"])
    update: dict[str, Any] = {"outcomes": outcomes, "queue": queue, "step": following}
    if not queue:
        return Command(goto=following, update=update)
    if all(item["granted"] for item in queue):
        return Command(goto="act", update=update)
    if calls.meanwhile:
        runtime.context.meanwhile.append(calls.meanwhile)
        emit_event(runtime, "meanwhile", text=calls.meanwhile)
    return Command(goto="review", update=update)


def _node(
    gate: Gate,
    workflow: Workflow,
    name: str,
    step: WorkflowStep,
    following: str,
    today: Callable[[], date],
    clauses: Mapping[str, str],
) -> Callable[..., Any]:
    async def node(state: Work, runtime: Runtime[RunContext]) -> Command[Any]:
        outcomes = {key: Outcome.from_record(record) for key, record in state.get("outcomes", {}).items()}
        case: StepContext[Any] = StepContext(workflow.input.model_validate(state["inputs"]), outcomes, today(), clauses)
        emit_event(runtime, "step", playbook=workflow.name, step=name)
        try:
            after = step(case)
        except Exception as error:
            taken_back = compensation.plan_undo(error, name, outcomes, state.get("ran", {}), gate.registry.specs)
            if taken_back is None:
                raise  # nothing was done, so the run just fails
            after = taken_back
        match after:
            case None:
                return Command(goto=following)
            case Calls():
                return await proceed(gate, after, state, runtime, following)
            case Compensation():
                return Command(goto="compensate", update={"undo": compensation.begin_undo(after)})
            case Ask() | Finish():
                found = make_finding(state["part"], after, state["inputs"])
                return Command(goto=END, update={"findings": [found]})

    return node
