"""Handlers: requests that take one look or one act, done without a model.

Each is two pure functions: what to call, and what to say about the outcomes. Everything still goes through the gate.

Handing work to a person, as a task with everything that is known.
"""

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from ....policies.domain.proposal import Provenance
from ...steps import Call, Calls, Finish, StepContext, StepResult


class HandlerRequest(BaseModel):
    """What a handler is filled from.

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


LONGEST_TITLE = 80
LONGEST_DETAIL = 4000


def hand_over(case: StepContext[HandlerRequest]) -> Calls:
    """Write down what was asked, for the team to pick up."""
    line = " ".join(case.input.text.split())
    args = {"title": f"Asked of the assistant: {line}"[:LONGEST_TITLE], "detail": case.input.text[:LONGEST_DETAIL]}
    provenance = dict.fromkeys(args, Provenance.USER)
    if case.input.lead:
        args["assignee"] = case.input.lead
        provenance["assignee"] = Provenance.TRUSTED
    return Calls.of(Call("task", "tasks.create", args, provenance))


def tell_hand_over(case: StepContext[HandlerRequest]) -> Finish:
    """Say who has it now, or that nobody has."""
    task = case.outcome("task")
    if not task.ok:
        text = f"I cannot do this without a person, and could not hand it over either: {task.message}"
        return Finish(text, status="handed_over")
    task_id, who = task.value["task_id"], task.value["assignee"]
    text = f"I cannot do this by myself, so I handed it over to {who} as {task_id}."
    return Finish(text, status="handed_over", citations=(task_id,))


HAND_OVER = Handler(hand_over, tell_hand_over, writes=("tasks.create",))
