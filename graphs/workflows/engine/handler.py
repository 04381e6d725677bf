"""A handler serves a request that takes one look or one act, and is done without a model.

It is two pure functions: what to call, and what to say about the outcomes. Everything still goes through the gate.
"""

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from ...steps import StepContext, StepResult


class HandlerRequest(BaseModel):
    """What a handler is given to work on.

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
        answered_by: the intents whose handlers answer a question about its act: about the record, and about the rules.
    """

    find: Callable[[StepContext[HandlerRequest]], StepResult]
    tell: Callable[[StepContext[HandlerRequest]], StepResult]
    writes: tuple[str, ...] = ()
    answered_by: tuple[str, str] | None = None
