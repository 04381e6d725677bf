"""A model's reply is held against what was read for it, before it becomes a finding."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from langgraph.runtime import Runtime

from ...agents.models.answer import ModelAnswer
from ...agents.spec import AgentSpec
from ...policies.audit.log import AuditEvent, AuditLog
from ...policies.domain.principal import Principal
from ...policies.filters.grounding import ReplySources, build_reply_sources, find_unfounded, remove_claims
from ...policies.filters.masker import Masker
from ...policies.filters.reply_checks import clean_reply, estimate_confidence
from ..gate.gate import emit_event
from ..runtime.services import RunContext
from ..state import Work
from ..steps import Finish
from .model_input import Material

LOOK = "A person should look at this."


def check_reply(
    masker: Masker,
    audit: AuditLog,
    principal: Principal,
    spec: AgentSpec,
    answer: ModelAnswer,
    cited: tuple[str, ...],
    material: Material,
    state: Work,
    runtime: Runtime[RunContext],
) -> Finish:
    """The end of the work: what the model said, without what stands in nothing that it read.

    Below the packs' bar the reply goes to a person, with what speaks against it; the log has it whole.
    """
    wanted, said = masker.masking().output, clean_reply(answer.text)
    if not said or not (wanted.grounded or wanted.confidence or spec.name in wanted.cited):
        return Finish(said, citations=cited)
    evidence = build_reply_sources(_read(spec, material, state))
    claims = find_unfounded(said, evidence) if wanted.grounded else ()
    sources = [source for source in cited if _is_source(source)]
    sure = estimate_confidence(said, claims, sources, _find_known(sources, evidence), answer.finish_reason)
    reasons = list(sure.reasons)
    if spec.name in wanted.cited and not any(evidence.names(source) for source in sources):
        reasons.append("it names no source that was read")
    elif sure.percent >= wanted.confidence and not claims:
        return Finish(said, citations=cited, data={"confidence": sure.percent})
    text = remove_claims(said, claims)
    body = {"confidence": sure.percent, "reasons": reasons, "said": answer.text, "kept": text}
    _note(audit, principal, spec, runtime.context, body)
    left_out = "I left out what I cannot show" if text else "I do not send the answer that I had"
    if not claims:
        left_out = "I am not sure of this"
    told = f"{left_out}: {'; '.join(reasons)}. {LOOK}"
    emit_event(runtime, "restart")
    return Finish(
        f"{text}\n\n{told}" if text else told,
        "handed_over",
        tuple(source for source in cited if f"[{source}]" in text),
        {"confidence": sure.percent, "doubts": reasons},
    )


def _read(spec: AgentSpec, material: Material, state: Work) -> Iterator[str]:
    """Everything that a true reply can rest on; what the model said itself in this run is no evidence."""
    yield state["part"]["text"]
    yield material.today.isoformat()
    yield spec.prompt
    yield from (message.text for message in (*material.earlier, *material.messages))
    yield material.waiting_calls
    for document in material.documents:
        yield f"{document.document_id} {document.name}\n{document.text}"
    yield from (f"{item['source']} {item['text']}" for item in state.get("recalled", ()))
    for key, outcome in state.get("outcomes", {}).items():
        ran: Mapping[str, Any] = state.get("ran", {}).get(key, {})
        done = outcome["status"] == "succeeded"
        yield json.dumps([outcome["value"], outcome["message"], ran.get("args") if done else None], ensure_ascii=False)


def _is_source(name: str) -> bool:
    """Whether something in brackets names a record or a section, and is not just in brackets."""
    return "#" in name or any(char.isdigit() for char in name)


def _find_known(sources: list[str], evidence: ReplySources) -> set[str]:
    return {source for source in sources if evidence.names(source)}


def _note(audit: AuditLog, principal: Principal, spec: AgentSpec, context: RunContext, body: Mapping[str, Any]) -> None:
    agent = f"agent:{spec.name}"
    audit.append(AuditEvent("reply.doubted", agent, principal.tenant, context.thread, context.run, body))
