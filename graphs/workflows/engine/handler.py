"""Errands: requests that take one look or one act, done without a model.

Each is two pure functions: what to call, and what to say about the outcomes. Everything still goes through the gate.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from langgraph.graph import END
from langgraph.runtime import Runtime
from langgraph.types import Command
from pydantic import BaseModel, ConfigDict

from ....tools.outcome import Outcome
from ...gate.gate import Gate
from ...runtime.services import RunContext
from ...state import Work
from ...steps import Ask, Calls, Finish, StepContext, StepResult
from .workflow import make_finding, proceed


class HandlerRequest(BaseModel):
    """What an errand is filled from.

    Attributes:
        text: the message.
        earlier: what was said before in the conversation.
        documents: ids of the texts brought along.
        intent: what the router made of the message.
        lead: user id of the requester's manager, or empty.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str
    earlier: str = ""
    documents: tuple[str, ...] = ()
    intent: str = ""
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Handler:
    """One kind of request.

    Attributes:
        find: the calls it takes; or a question, or an answer that needs none.
        tell: what to say once their outcomes are known, or the calls that follow from them. It is asked again after
            those, so it must know by their keys what was made already.
        writes: the write tools it may use.
    """

    find: Callable[[StepContext[HandlerRequest]], StepResult]
    tell: Callable[[StepContext[HandlerRequest]], StepResult]
    writes: tuple[str, ...] = ()


def make_handler_nodes(
    gate: Gate, errand_for: Callable[[str], Handler], today: Callable[[], date], clauses: Mapping[str, str]
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The two nodes of a handler: find and tell.

    Args:
        errand_for: gives the handler of an intent.
        today: the business date of the systems of record.
        clauses: the business's clause library.
    """

    async def find(state: Work, runtime: Runtime[RunContext]) -> Command[Any]:
        """One look or one act."""
        after = errand_for(state["part"]["intent"]).find(_make_context(state, today(), clauses))
        if isinstance(after, Calls):
            return await proceed(gate, after, state, runtime, "errand_report")
        return _end_work(state, after)

    async def tell(state: Work, runtime: Runtime[RunContext]) -> Command[Any]:
        """Say what came of it, or go on with what follows from it."""
        case = _make_context(state, today(), clauses)
        after = errand_for(state["part"]["intent"]).tell(case)
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
