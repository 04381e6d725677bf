"""These are the two nodes of a handler: find and tell."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from langgraph.graph import END
from langgraph.runtime import Runtime
from langgraph.types import Command

from ....tools.outcome import Outcome
from ...gate.gate import Gate
from ...runtime.services import RunContext
from ...state import Work
from ...steps import Ask, Calls, Finish, StepContext
from .handler import Handler, HandlerRequest
from .workflow_graph import make_finding, proceed


def make_handler_nodes(
    gate: Gate, handler_for: Callable[[str], Handler], today: Callable[[], date], clauses: Mapping[str, str]
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The two nodes of a handler: find and tell.

    Args:
        handler_for: gives the handler of an intent.
        today: the business date of the systems of record.
        clauses: the business's clause library.
    """

    async def find(state: Work, runtime: Runtime[RunContext]) -> Command[Any]:
        """One look or one act."""
        after = handler_for(state["part"]["intent"]).find(_make_context(state, today(), clauses))
        if isinstance(after, Calls):
            return await proceed(gate, after, state, runtime, "errand_report")
        return _end_work(state, after)

    async def tell(state: Work, runtime: Runtime[RunContext]) -> Command[Any]:
        """Say what came of it, or go on with what follows from it."""
        case = _make_context(state, today(), clauses)
        after = handler_for(state["part"]["intent"]).tell(case)
        if not isinstance(after, Calls):
            return _end_work(state, after)
        if all(call.key in case.outcomes for call in after.calls):
            return _end_work(state, Finish("I could not finish this; nothing more was done.", status="stopped"))
        return await proceed(gate, after, state, runtime, "errand_report")

    return find, tell


def _make_context(state: Work, today: date, clauses: Mapping[str, str]) -> StepContext[HandlerRequest]:
    outcomes = {key: Outcome.from_record(record) for key, record in state.get("outcomes", {}).items()}
    return StepContext(HandlerRequest(**state["inputs"], intent=state["part"]["intent"]), outcomes, today, clauses)


def _end_work(state: Work, end: Finish | Ask) -> Command[Any]:
    return Command(goto=END, update={"findings": [make_finding(state["part"], end)]})
