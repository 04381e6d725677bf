"""The stages around the tool's in a run: what comes in, where it goes, who takes over, what goes out."""

from typing import Any

from ...policies.domain.decision import Verdict
from ...policies.domain.stage import Stage
from ...policies.rules.rate_limit import Counted
from ..runtime.services import Desk, RunContext
from ..state import Conversation, Part
from . import assistant_replies

WITHHELD = "The reply is not shown."


def admitted(desk: Desk, state: Conversation, context: RunContext) -> str:
    """Why a message is not worked on, in plain words; empty when it is."""
    door = "server" if context.answering else "message"
    if why := _refusal(desk, context, Stage.TRIGGER, door, {}):
        return why
    values = {"length": len(state["text"]), "documents": len(state.get("documents", ()))}
    return _refusal(desk, context, Stage.INPUT, "message", values)


def limited(desk: Desk, context: RunContext, counted: Counted = Counted.MESSAGE, name: str = "", place: int = 0) -> str:
    """Why a message or a playbook must wait, by the rate limits, in plain words; empty when there is room.

    Args:
        name: of the playbook.
        place: of the request in its message; two requests for one playbook are two starts.
    """
    if desk.registry.rates is None:
        return ""
    who, mark = context.principal(desk), f"{context.run} {place} {name}"
    return desk.registry.rates.refusal(counted, name, who, mark, thread=context.thread, run=context.run)[1]


def routed(
    desk: Desk, parts: list[Part], context: RunContext, how: str, last: str | None
) -> tuple[list[Part], list[dict[str, Any]]]:
    """The parts that may go where they are to go, and for each of the others a finding that says why not.

    Args:
        how: what settled the route, such as ``rule``.
        last: the agent that had the conversation so far.
    """
    kept: list[Part] = []
    refused = []
    for place, part in enumerate(parts):
        agent = part["agent"]
        work = f"playbook:{part['playbook']}" if part["playbook"] else f"request:{part['intent']}"
        values = {"agent": agent, "work": work, "how": how}
        why = _refusal(desk, context, Stage.ROUTE, agent, values, agent) or _refusal(
            desk, context, Stage.ROUTE, work, values, agent
        )
        if not why and last not in (None, agent):
            why = _refusal(desk, context, Stage.HANDOFF, agent, {"last": last}, agent)
        if not why and part["playbook"] and how != "answer":
            why = limited(desk, context, Counted.PLAYBOOK, part["playbook"], place)
        if why:
            refused.append(assistant_replies.says(why, "stopped"))
        else:
            kept.append(part)
    return kept, refused


def sent(desk: Desk, reply: dict[str, Any], state: Conversation, context: RunContext) -> dict[str, Any]:
    """The reply, or in its place why it is not shown. An open question is dropped with it."""
    findings = state.get("findings", [])
    values = {
        "length": len(reply["text"]),
        "citations": len(reply["citations"]),
        "findings": len(findings),
        "status": reply["status"],
        "agents": sorted({found["agent"] for found in findings}),
    }
    why = _refusal(desk, context, Stage.OUTPUT, "reply", values)
    return {"text": f"{WITHHELD} {why}", "citations": [], "status": "stopped", "asked": ""} if why else reply


def _refusal(
    desk: Desk, context: RunContext, stage: Stage, subject: str, values: dict[str, Any], agent: str = ""
) -> str:
    decision = desk.registry.stages.ask(
        stage,
        subject,
        context.principal(desk),
        values,
        agent=agent,
        thread=context.thread,
        run=context.run,
        tainted=context.tainted,
    )
    return " ".join(decision.reasons) if decision.verdict is Verdict.DENY else ""
