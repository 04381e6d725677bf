"""The model's loop assembles a context, lets the model propose, puts its calls through the gate, and goes on.

Model and gate share one node, because a superstep is the unit of cost; effects happen in another, after the model's
answer stands in a checkpoint. What the model is sent is masked once more, and what it says is masked before it is kept.
Messages, results and documents were masked where they came in; what the assistant's own texts or a model's own words
hold is caught here, also in the arguments of the calls that a model proposes.
"""

import re
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

from langchain_core.messages import ToolMessage
from langgraph.graph import END
from langgraph.runtime import Runtime
from langgraph.types import Command

from ...agents.context.assembly import assemble_context
from ...agents.context.parts import AssembledContext
from ...agents.models.answer import ModelAnswer, ModelCall
from ...agents.models.cost import charge_to
from ...agents.models.tokens import compute_message_room, count_tools
from ...agents.provenance.turn_plan import is_repeat
from ...agents.spec import AgentSpec
from ...policies.audit.log import AuditEvent
from ...policies.domain.canonical import make_printable
from ...policies.errors import BadInput, Unavailable
from ...policies.rules.budget import OverBudget
from ...tools.outcome import Outcome, Status
from ...tools.registry.registry import Registry
from ...tools.schemas import make_tool_schema
from ..gate.gate import emit_event
from ..runtime.services import RunContext, Services
from ..state import Work
from ..steps import Call, Calls, Finish
from ..workflows.engine.workflow import make_finding, proceed
from . import reply_check
from .budget import make_turn_budget
from .context_accounts import find_last_measures
from .model_input import Material, recall_for_agent

MOST_STEPS = 12
_MAY_HAVE_HAPPENED = (Status.SUCCEEDED, Status.IN_DOUBT, Status.CONFIRMED, Status.DIVERTED)
_CITED = re.compile(r"\[([^\[\]\n]{2,80})\]")


@dataclass(frozen=True, slots=True)
class _Offer:
    """The schemas of the tools an agent may propose, their estimated tokens, and those they leave for messages."""

    tools: tuple[dict[str, Any], ...]
    tokens: int
    room: int


_offers: "WeakKeyDictionary[Registry, dict[tuple[AgentSpec, int], _Offer]]" = WeakKeyDictionary()


def _offer(registry: Registry, spec: AgentSpec, context_tokens: int) -> _Offer:
    """Made once: an agent's tools are the same at each step."""
    known = _offers.setdefault(registry, {})
    found = known.get((spec, context_tokens))
    if found is None:
        tools = tuple(make_tool_schema(tool) for name, tool in registry.specs.items() if spec.may_propose(name))
        room = compute_message_room(context_tokens, tools)
        found = known[spec, context_tokens] = _Offer(tools, count_tools(tools), room)
    return found


async def think(services: Services, spec: AgentSpec, state: Work, runtime: Runtime[RunContext]) -> Command[Any]:
    """One answer of the model: words end the work, calls go through the gate and come back here."""
    if services.models is None or len(state["notes"]) >= MOST_STEPS:
        end = Finish(f"I stopped after {MOST_STEPS} steps without an end; a person should look at this.", "handed_over")
        return Command(goto=END, update={"findings": [make_finding(state["part"], end)]})
    settings, measures = services.models.settings, services.models.measures
    measures.restore(lambda: find_last_measures(services.audit, runtime.context.principal(services).tenant))
    measure = measures.get_highest((*settings.models, *([settings.cheaper_model] if settings.cheaper_model else ())))
    offer = _offer(services.registry, spec, measure.window(settings.context_tokens))
    if "recalled" not in state:
        state = {**state, "recalled": recall_for_agent(services, spec, state, runtime.context)}
    material = Material.gather(services, state, runtime.context)
    context = mask_context(
        services,
        assemble_context(material.parts(services, spec, state, runtime.context.run), offer.room),
        runtime.context,
    )
    try:
        with charge_to(make_turn_budget(services, runtime.context)):
            said = await services.models.complete(
                context.messages,
                offer.tools,
                on_text=lambda text: emit_event(runtime, "text", text=text),
                on_restart=lambda: emit_event(runtime, "restart"),
            )
    except Unavailable as error:
        emit_event(runtime, "fallback", reason=str(error))
        _note(services, spec, runtime, "model.unavailable", {"reason": str(error)})
        done = _effects(services, state)
        if isinstance(error, OverBudget) and error.stop:
            so_far = f" Done so far: {', '.join(done)}. Please look at what is left." if done else " Nothing was done."
            end = Finish(f"{error}{so_far}", "stopped")
            return Command(goto=END, update={"findings": [make_finding(state["part"], end)]})
        if not done:
            return Command(goto="errand")
        # A handler knows nothing of what was written already, and might write it again in other words.
        text = f"The model stopped answering half-way. Done so far: {', '.join(done)}. Please look at what is left."
        return Command(goto=END, update={"findings": [make_finding(state["part"], Finish(text, "handed_over"))]})
    answer = mask_answer(services, said, runtime.context)
    estimated = context.tokens + offer.tokens
    if not said.usage.estimated:
        measures.learn(said.model, estimated, said.usage.input_tokens)
    told = {"measure": {**measure.record(), "estimated": estimated}, "measures": measures.record()}
    _note(services, spec, runtime, "model.answer", _account(services, context, answer, runtime.context) | told)
    if not answer.calls:
        cited = tuple(dict.fromkeys(_CITED.findall(answer.text)))
        end = reply_check.check_reply(services, spec, answer, cited, material, state, runtime)
        return Command(goto=END, update={"findings": [make_finding(state["part"], end)]})
    return await _propose(services, spec, answer, material, state, runtime)


def _effects(services: Services, state: Work) -> list[str]:
    """The writes of this run that happened or may have."""
    ended = state.get("outcomes", {})
    return [
        ran["tool"]
        for key, ran in state.get("ran", {}).items()
        if services.registry.specs[ran["tool"]].writes and ended[key]["status"] in _MAY_HAVE_HAPPENED
    ]


async def _propose(
    services: Services,
    spec: AgentSpec,
    answer: ModelAnswer,
    material: Material,
    state: Work,
    runtime: Runtime[RunContext],
) -> Command[Any]:
    number = len(state["notes"])
    evidence = material.make_tracer(services, state)
    calls: list[Call] = []
    refused: dict[str, Any] = {}
    for call in answer.calls:
        key = f"{number}.{call.id}"
        if call.args is None:
            refused[key] = Outcome(Status.FAILED, "", message=call.error or "The arguments could not be read.").record()
        elif call.name in services.registry.specs and not spec.may_propose(call.name):
            message = f"{call.name} is not one of the {spec.title} agent's tools."
            refused[key] = Outcome(Status.DENIED, "", message=message).record()
        else:
            calls.append(
                Call(key, call.name, call.args, evidence.trace(call.args), _is_repeat(services, call, calls, state))
            )
    note = {"text": answer.text, "calls": [_call_record(call) for call in answer.calls]}
    command = await proceed(services, Calls(tuple(calls)), state, runtime, "think")
    update = dict(command.update) if isinstance(command.update, dict) else {}
    update["outcomes"] = {**refused, **update.get("outcomes", {})}
    return Command(
        goto=command.goto, update={**update, "notes": [*state["notes"], note], "recalled": state["recalled"]}
    )


def _is_repeat(services: Services, call: ModelCall, before: list[Call], state: Work) -> bool:
    """Whether a write does once more what this turn did, or what the same answer wants."""
    spec = services.registry.specs.get(call.name)
    if spec is None or not spec.writes or call.args is None:
        return False
    done = [ran["args"] for ran in state.get("ran", {}).values() if ran["tool"] == call.name]
    wanted = [earlier.args for earlier in before if earlier.tool == call.name]
    return is_repeat(spec.critical, call.args, [*done, *wanted])


def _call_record(call: ModelCall) -> dict[str, Any]:
    args = None if call.args is None else make_printable(call.args)
    return {"id": call.id, "name": call.name, "args": args, "raw_args": call.raw_args, "error": call.error}


def _account(services: Services, context: AssembledContext, answer: ModelAnswer, run: RunContext) -> dict[str, Any]:
    """Prompt, context, model and output for the audit log.

    What was recalled stands in it by id and mark, because the log is for ever and memory can be told to forget.
    """
    tenant = run.principal(services).tenant

    def name(what: str, text: str) -> str:
        return f"[memory {what} {services.masker.mark(tenant, text)}]"

    standing = {block: name(ident, block) for ident, block in context.recalled.items()}
    erasable = {tool for tool, spec in services.registry.specs.items() if spec.erasable}
    given = {entry.id for entry in context.included if entry.kind == "result" and entry.source in erasable}
    prompt = []
    for message in context.messages:
        text = str(message.content)
        if isinstance(message, ToolMessage) and message.tool_call_id in given:
            text = name(f"for {message.tool_call_id}", text)
        for block, named in standing.items():
            text = text.replace(block, named)
        prompt.append({"type": message.type, "text": text})
    return {
        "model": answer.model,
        "prompt": prompt,
        "context": context.record(),
        "text": answer.text,
        "calls": [_call_record(call) for call in answer.calls],
        "tokens": {
            "input": answer.usage.input_tokens,
            "output": answer.usage.output_tokens,
            "counted": not answer.usage.estimated,
        },
        "finish_reason": answer.finish_reason,
        "failed_attempts": [{"model": item.model, "outcome": item.outcome} for item in answer.attempts],
    }


def _note(services: Services, spec: AgentSpec, runtime: Runtime[RunContext], kind: str, body: dict[str, Any]) -> None:
    context = runtime.context
    tenant = context.principal(services).tenant
    services.audit.append(AuditEvent(kind, f"agent:{spec.name}", tenant, context.thread, context.run, body))


def mask_context(services: Services, context: AssembledContext, run: RunContext) -> AssembledContext:
    """The context with every message masked.

    Raises:
        StorageError: a value could not be kept; the model is not asked.
    """
    tenant = run.principal(services).tenant
    texts = [message.content for message in context.messages]
    masked = services.masker.mask(tenant, texts)
    if masked is texts:
        return context
    messages = [
        message if text is message.content else message.model_copy(update={"content": text})
        for message, text in zip(context.messages, masked, strict=True)
    ]
    return replace(context, messages=type(context.messages)(messages))


def mask_answer(services: Services, answer: ModelAnswer, run: RunContext) -> ModelAnswer:
    """The answer with text and arguments masked.

    Raises:
        BadInput: arguments so deeply nested that they cannot be read.
        StorageError: a value could not be kept; nothing is done with the answer.
    """
    tenant = run.principal(services).tenant
    return replace(
        answer,
        text=services.masker.mask(tenant, answer.text),
        calls=tuple(_mask_call(services, tenant, call) for call in answer.calls),
    )


def _mask_call(services: Services, tenant: str, call: ModelCall) -> ModelCall:
    said: dict[str, Any] = {"args": call.args, "raw_args": call.raw_args, "error": call.error, "name": call.name}
    try:
        return replace(call, **services.masker.mask(tenant, said))
    except RecursionError:
        raise BadInput("A model sent arguments that are nested too deeply to be read; nothing was done.") from None
