"""The veil around the model: what it is sent is masked once more, and what it says is masked before it is kept.

Messages, results and documents were masked where they came in. What the assistant's own texts or a model's own words
hold is caught here, also in the arguments of the calls that a model proposes.
"""

from dataclasses import replace
from typing import Any

from ...agents.context.parts import Assembled
from ...agents.models.answer import ModelAnswer, ModelCall
from ...policies.errors import BadInput
from ..runtime.services import Desk, RunContext


def sent(desk: Desk, context: Assembled, run: RunContext) -> Assembled:
    """The context with every message masked.

    Raises:
        StorageError: a value could not be kept; the model is not asked.
    """
    tenant = run.principal(desk).tenant
    texts = [message.content for message in context.messages]
    masked = desk.veil.mask(tenant, texts)
    if masked is texts:
        return context
    messages = [
        message if text is message.content else message.model_copy(update={"content": text})
        for message, text in zip(context.messages, masked, strict=True)
    ]
    return replace(context, messages=type(context.messages)(messages))


def received(desk: Desk, answer: ModelAnswer, run: RunContext) -> ModelAnswer:
    """The answer with text and arguments masked.

    Raises:
        BadInput: arguments so deeply nested that they cannot be read.
        StorageError: a value could not be kept; nothing is done with the answer.
    """
    tenant = run.principal(desk).tenant
    return replace(
        answer,
        text=desk.veil.mask(tenant, answer.text),
        calls=tuple(_call(desk, tenant, call) for call in answer.calls),
    )


def _call(desk: Desk, tenant: str, call: ModelCall) -> ModelCall:
    said: dict[str, Any] = {"args": call.args, "raw_args": call.raw_args, "error": call.error, "name": call.name}
    try:
        return replace(call, **desk.veil.mask(tenant, said))
    except RecursionError:
        raise BadInput("A model sent arguments that are nested too deeply to be read; nothing was done.") from None
