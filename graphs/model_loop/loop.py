"""The model's loop assembles a context, lets the model propose, puts its calls through the gate, and goes on.

Model and gate share one node, because a superstep is the unit of cost; effects happen in another, after the model's
answer stands in a checkpoint. What the model is sent is masked once more, and what it says is masked before it is kept.
Messages, results and documents were masked where they came in; what the assistant's own texts or a model's own words
hold is caught here, also in the arguments of the calls that a model proposes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
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
from ...policies.audit.log import AuditEvent, AuditLog
from ...policies.domain.canonical import make_printable
from ...policies.domain.principal import Directory, Principal
from ...policies.errors import BadInput, Unavailable
from ...policies.filters.masker import Masker
from ...policies.rules.budget import OverBudget
from ...tools.outcome import Outcome, Status
from ...tools.registry.registry import Registry
from ...tools.schemas import make_tool_schema
from ...tools.spec import ToolSpec
from ..gate.gate import Gate, emit_event
from ..runtime.services import RunContext
from ..state import Work
from ..steps import Call, Calls, Finish
from ..workflows.engine.workflow_graph import make_finding, proceed
from .budget import TurnBudgets
from .context_accounts import find_last_measures
from .model_input import Material, ThreadSources
from .reply_check import check_reply

if TYPE_CHECKING:
    from ...agents.models.pool import ModelPool

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


@dataclass(frozen=True, slots=True)
class ModelLoop:
    """Lets a model propose, answer by answer.

    Attributes:
        models: the language models, or ``None`` without.
        registry: the only door to tools.
        masker: masks what a model is sent and what it says.
        directory: who is who.
        audit: the log.
        gate: what a model's calls go through.
        sources: where its input comes from.
        budgets: who pays for it.
    """

    models: "ModelPool | None"
    registry: Registry
    masker: Masker
    directory: Directory
    audit: AuditLog
    gate: Gate
    sources: ThreadSources
    budgets: TurnBudgets

    async def think(self, spec: AgentSpec, state: Work, runtime: Runtime[RunContext]) -> Command[Any]:
        """One answer of the model: words end the work, calls go through the gate and come back here."""
        if self.models is None or len(state["notes"]) >= MOST_STEPS:
            end = Finish(
                f"I stopped after {MOST_STEPS} steps without an end; a person should look at this.", "handed_over"
            )
            return Command(goto=END, update={"findings": [make_finding(state["part"], end)]})
        context = runtime.context
        principal = context.principal(self.directory)
        settings, measures = self.models.settings, self.models.measures
        measures.restore(lambda: find_last_measures(self.audit, principal.tenant))
        measure = measures.get_highest(
            (*settings.models, *([settings.cheaper_model] if settings.cheaper_model else ()))
        )
        offer = _offer(self.registry, spec, measure.window(settings.context_tokens))
        if "recalled" not in state:
            state = {**state, "recalled": self.sources.recall(self.masker, principal, spec, state)}
        material = self.sources.gather(principal, state, context)
        parts = material.parts(self.registry.specs, spec, state, context.run)
        given = mask_context(self.masker, principal.tenant, assemble_context(parts, offer.room))
        try:
            with charge_to(self.budgets.make(principal, context)):
                said = await self.models.complete(
                    given.messages,
                    offer.tools,
                    on_text=lambda text: emit_event(runtime, "text", text=text),
                    on_restart=lambda: emit_event(runtime, "restart"),
                )
        except Unavailable as error:
            emit_event(runtime, "fallback", reason=str(error))
            self._note(principal, spec, context, "model.unavailable", {"reason": str(error)})
            done = _effects(self.registry.specs, state)
            if isinstance(error, OverBudget) and error.stop:
                so_far = (
                    f" Done so far: {', '.join(done)}. Please look at what is left." if done else " Nothing was done."
                )
                end = Finish(f"{error}{so_far}", "stopped")
                return Command(goto=END, update={"findings": [make_finding(state["part"], end)]})
            if not done:
                return Command(goto="errand")
            # A handler knows nothing of what was written already, and might write it again in other words.
            text = f"The model stopped answering half-way. Done so far: {', '.join(done)}. Please look at what is left."
            return Command(goto=END, update={"findings": [make_finding(state["part"], Finish(text, "handed_over"))]})
        answer = mask_answer(self.masker, principal.tenant, said)
        estimated = given.tokens + offer.tokens
        if not said.usage.estimated:
            measures.learn(said.model, estimated, said.usage.input_tokens)
        told = {"measure": {**measure.record(), "estimated": estimated}, "measures": measures.record()}
        self._note(principal, spec, context, "model.answer", self._account(principal.tenant, given, answer) | told)
        if not answer.calls:
            cited = tuple(dict.fromkeys(_CITED.findall(answer.text)))
            end = check_reply(self.masker, self.audit, principal, spec, answer, cited, material, state, runtime)
            return Command(goto=END, update={"findings": [make_finding(state["part"], end)]})
        return await self._propose(spec, answer, material, state, runtime)

    async def _propose(
        self,
        spec: AgentSpec,
        answer: ModelAnswer,
        material: Material,
        state: Work,
        runtime: Runtime[RunContext],
    ) -> Command[Any]:
        number = len(state["notes"])
        evidence = material.make_tracer(self.registry.specs, state)
        calls: list[Call] = []
        refused: dict[str, Any] = {}
        for call in answer.calls:
            key = f"{number}.{call.id}"
            if call.args is None:
                refused[key] = Outcome(
                    Status.FAILED, "", message=call.error or "The arguments could not be read."
                ).record()
            elif call.name in self.registry.specs and not spec.may_propose(call.name):
                message = f"{call.name} is not one of the {spec.title} agent's tools."
                refused[key] = Outcome(Status.DENIED, "", message=message).record()
            else:
                calls.append(
                    Call(
                        key,
                        call.name,
                        call.args,
                        evidence.trace(call.args),
                        _is_repeat(self.registry.specs, call, calls, state),
                    )
                )
        note = {"text": answer.text, "calls": [_call_record(call) for call in answer.calls]}
        command = await proceed(self.gate, Calls(tuple(calls)), state, runtime, "think")
        update = dict(command.update) if isinstance(command.update, dict) else {}
        update["outcomes"] = {**refused, **update.get("outcomes", {})}
        return Command(
            goto=command.goto, update={**update, "notes": [*state["notes"], note], "recalled": state["recalled"]}
        )

    def _account(self, tenant: str, context: AssembledContext, answer: ModelAnswer) -> dict[str, Any]:
        """Prompt, context, model and output for the audit log.

        What was recalled stands in it by id and mark, because the log is for ever and memory can be told to forget.
        """

        def name(what: str, text: str) -> str:
            return f"[memory {what} {self.masker.mark(tenant, text)}]"

        standing = {block: name(ident, block) for ident, block in context.recalled.items()}
        erasable = {tool for tool, spec in self.registry.specs.items() if spec.erasable}
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

    def _note(
        self, principal: Principal, spec: AgentSpec, context: RunContext, kind: str, body: dict[str, Any]
    ) -> None:
        agent = f"agent:{spec.name}"
        self.audit.append(AuditEvent(kind, agent, principal.tenant, context.thread, context.run, body))


def _effects(specs: Mapping[str, ToolSpec], state: Work) -> list[str]:
    """The writes of this run that happened or may have."""
    ended = state.get("outcomes", {})
    return [
        ran["tool"]
        for key, ran in state.get("ran", {}).items()
        if specs[ran["tool"]].writes and ended[key]["status"] in _MAY_HAVE_HAPPENED
    ]


def _is_repeat(specs: Mapping[str, ToolSpec], call: ModelCall, before: list[Call], state: Work) -> bool:
    """Whether a write does once more what this turn did, or what the same answer wants."""
    spec = specs.get(call.name)
    if spec is None or not spec.writes or call.args is None:
        return False
    done = [ran["args"] for ran in state.get("ran", {}).values() if ran["tool"] == call.name]
    wanted = [earlier.args for earlier in before if earlier.tool == call.name]
    return is_repeat(spec.critical, call.args, [*done, *wanted])


def _call_record(call: ModelCall) -> dict[str, Any]:
    args = None if call.args is None else make_printable(call.args)
    return {"id": call.id, "name": call.name, "args": args, "raw_args": call.raw_args, "error": call.error}


def mask_context(masker: Masker, tenant: str, context: AssembledContext) -> AssembledContext:
    """The context with every message masked.

    Raises:
        StorageError: a value could not be kept; the model is not asked.
    """
    texts = [message.content for message in context.messages]
    masked = masker.mask(tenant, texts)
    if masked is texts:
        return context
    messages = [
        message if text is message.content else message.model_copy(update={"content": text})
        for message, text in zip(context.messages, masked, strict=True)
    ]
    return replace(context, messages=type(context.messages)(messages))


def mask_answer(masker: Masker, tenant: str, answer: ModelAnswer) -> ModelAnswer:
    """The answer with text and arguments masked.

    Raises:
        BadInput: arguments so deeply nested that they cannot be read.
        StorageError: a value could not be kept; nothing is done with the answer.
    """
    return replace(
        answer,
        text=masker.mask(tenant, answer.text),
        calls=tuple(_mask_call(masker, tenant, call) for call in answer.calls),
    )


def _mask_call(masker: Masker, tenant: str, call: ModelCall) -> ModelCall:
    said: dict[str, Any] = {"args": call.args, "raw_args": call.raw_args, "error": call.error, "name": call.name}
    try:
        return replace(call, **masker.mask(tenant, said))
    except RecursionError:
        raise BadInput("A model sent arguments that are nested too deeply to be read; nothing was done.") from None
