"""Errands: requests that take one look or one act, done without a model.

Each is two pure functions: what to call, and what to say about the outcomes. Everything still goes through the gate.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from langgraph.graph import END
from langgraph.runtime import Runtime
from langgraph.types import Command
from pydantic import BaseModel, ConfigDict

from ....tools.outcome import Outcome
from ...runtime.services import Desk, RunContext
from ...state import Work
from ...steps import Ask, Calls, Case, Finish, Next
from ...workflows.engine.workflow import finding, proceed


class Request(BaseModel):
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
class Errand:
    """One kind of request.

    Attributes:
        find: the calls it takes; or a question, or an answer that needs none.
        tell: what to say once their outcomes are known, or the calls that follow from them. It is asked again after
            those, so it must know by their keys what was made already.
        writes: the write tools it may use.
    """

    find: Callable[[Case[Request]], Next]
    tell: Callable[[Case[Request]], Next]
    writes: tuple[str, ...] = ()


def errand_for(intent: str) -> Errand:
    """The errand of an intent; what nobody wrote one for is handed to a person."""
    from ..registry import ERRANDS
    from .people import HAND_OVER

    return ERRANDS.get(intent, HAND_OVER)


def errand_steps(desk: Desk) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The two nodes of an errand: find and tell."""

    async def find(state: Work, runtime: Runtime[RunContext]) -> Command[Any]:
        """One look or one act."""
        after = errand_for(state["part"]["intent"]).find(_case(desk, state))
        if isinstance(after, Calls):
            return await proceed(desk, after, state, runtime, "errand_report")
        return _end(state, after)

    async def tell(state: Work, runtime: Runtime[RunContext]) -> Command[Any]:
        """Say what came of it, or go on with what follows from it."""
        case = _case(desk, state)
        after = errand_for(state["part"]["intent"]).tell(case)
        if not isinstance(after, Calls):
            return _end(state, after)
        if all(call.key in case.outcomes for call in after.calls):
            return _end(state, Finish("I could not finish this; nothing more was done.", status="stopped"))
        return await proceed(desk, after, state, runtime, "errand_report")

    return find, tell


def _case(desk: Desk, state: Work) -> Case[Request]:
    outcomes = {key: Outcome.from_record(record) for key, record in state.get("outcomes", {}).items()}
    return Case(Request(**state["inputs"], intent=state["part"]["intent"]), outcomes, desk.today())


def _end(state: Work, end: Finish | Ask) -> Command[Any]:
    return Command(goto=END, update={"findings": [finding(state["part"], end)]})
