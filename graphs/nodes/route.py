"""Routing inside the graph: what the message answers or asks, and which agents take which part of it."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from ...agents.models.cost import paid_by
from ...agents.routing import route as routes
from ...agents.routing.clarification import CHOSE
from ...policies.domain.principal import Principal
from ...tools.extraction.extract import extract
from ..model_loop.budget import purse_of
from ..runtime.services import Desk, RunContext
from ..state import Conversation, Part
from ..steps import CHANGES
from ..workflows.engine.workflow import Words
from ..workflows.registry import PLAYBOOKS
from . import assistant_replies, notes, stage_checks, withdrawal

NEW_TOPIC_CONFIDENCE = 0.8
NEW_TOPIC_WORDS = 4
RULE_WORDS = 3
MOST_TRIES = 2
_GIVES_UP = ("cancel", "disagree")
_TALK = ("greeting", "thanks", "help", "request_status", "it_request", "people_request", "out_of_scope")
_WITHDRAWAL = {
    "agents": [],
    "intent": withdrawal.WITHDRAW,
    "playbook": None,
    "how": "rule",
    "confidence": "1.000",
    "reasons": ["the requester takes back a request that waits"],
}
_LIMITED = _WITHDRAWAL | {"intent": "rate_limited", "reasons": ["a rate limit is reached"]}
_NOTE = _WITHDRAWAL | {"intent": notes.NOTED, "reasons": ["the person tells what to remember"]}
_BARE_NUMBER = re.compile(r"#?\d+")


@dataclass(frozen=True, slots=True)
class Routed:
    """Where a message goes.

    Attributes:
        parts: the requests for agents.
        answers: what the assistant says by itself, as findings.
        record: the route as plain data, for the audit log and the caller.
        inputs: what an earlier question had gathered already.
    """

    parts: list[Part]
    answers: list[dict[str, Any]]
    record: dict[str, Any]
    inputs: dict[str, Any] = field(default_factory=dict)


async def route(desk: Desk, state: Conversation, context: RunContext) -> Routed:
    """Rules, then the classifier, then a model, then a question; an open question is answered first.

    Taking back what waits and telling what to remember come before all of them, so that no judgement of a classifier
    or a model has part in it.
    """
    taken_back = withdrawal.take_back(desk, state["text"], context)
    if taken_back is not None:
        return Routed([], [taken_back], dict(_WITHDRAWAL))
    if must_wait := stage_checks.limited(desk, context):
        return Routed([], [assistant_replies.says(must_wait, "stopped")], dict(_LIMITED))
    noted = notes.note_down(desk, state["text"], context)
    if noted is not None:
        return Routed([], [noted], dict(_NOTE))
    principal = context.principal(desk)
    asked: Mapping[str, Any] = json.loads(context.asked) if context.asked else {}
    last = _last_agent(desk, context, principal)
    with paid_by(purse_of(desk, context)):
        found = await desk.router.route(
            state["text"],
            attachment_kind=_attachment_kind(desk, state, context, principal),
            last_agent=last,
            clarifying=_clarification(asked),
        )
    if "field" in asked and not _new_topic(desk, found, asked, state["text"]):
        return _allowed(desk, _answered(asked, state["text"], found, desk.today()), context, last)
    record = _record(found)
    if found.question is not None and found.clarification is not None:
        waiting = {"clarify": asdict(found.clarification)}
        return Routed([], [assistant_replies.says(found.question, "asks") | {"asked": waiting}], record)
    parts = [_part(desk, item) for item in found.parts if item.agent is not None]
    answers = [assistant_replies.answer(desk, item, context) for item in found.parts if item.agent is None]
    if not parts and not answers:
        answers = [assistant_replies.hand_over(found)]
    return _allowed(desk, Routed(parts, answers, record), context, last)


def _allowed(desk: Desk, routed: Routed, context: RunContext, last: str | None) -> Routed:
    """The route with the parts that the written rules let go where they are to go."""
    parts, refused = stage_checks.routed(desk, routed.parts, context, routed.record["how"], last)
    return replace(routed, parts=parts, answers=[*routed.answers, *refused]) if refused else routed


def _answered(asked: Mapping[str, Any], text: str, found: routes.Route, today: date) -> Routed:
    """The message as the answer to what was asked, or as giving up on it."""
    record = _record(found) | {"how": "answer", "to": asked["field"]}
    if found.intent in _GIVES_UP:
        return Routed([], [assistant_replies.says("All right, I dropped it. Nothing was done.")], record)
    part: Part = dict(asked["part"])  # type: ignore[assignment]
    said = _spelt_out(asked, text)
    book = PLAYBOOKS.get(part["playbook"])
    # A change may be of anything that was known; an answer is of the one thing that was not.
    changed = book.fill(Words(said, "", (), today)) if book and asked["field"] == CHANGES else {}
    part["text"] = said if part["playbook"] else f"{part['text']}\n{said}"
    part["tries"] = part.get("tries", 0) + 1
    return Routed([part], [], record, {**asked["inputs"], **changed})


def _new_topic(desk: Desk, found: routes.Route, asked: Mapping[str, Any], text: str) -> bool:
    """Whether the message is a request of its own and no answer to what was asked.

    It is when it names another record, reads clearly as a request, does not say what was asked, or when two answers
    did not help already: a question must never hold a conversation.
    """
    if _other_record(asked["inputs"], text):
        return True
    changes = asked["field"] == CHANGES
    if changes and found.intent == asked["part"]["intent"]:
        return False
    if found.intent in _GIVES_UP or _BARE_NUMBER.fullmatch(text.strip()):
        return False
    words = len(text.split())
    if found.how == "rule" and words >= RULE_WORDS:
        return True
    if found.how == "classifier" and found.confidence >= NEW_TOPIC_CONFIDENCE and words > NEW_TOPIC_WORDS:
        return True
    book = PLAYBOOKS.get(asked["part"]["playbook"])
    if book is None or changes:
        return found.intent in _TALK or asked["part"].get("tries", 0) >= MOST_TRIES
    filled = book.fill(Words(_spelt_out(asked, text), "", (), desk.today()))
    return filled.get(asked["field"]) is None


def _spelt_out(asked: Mapping[str, Any], text: str) -> str:
    """The message, with a bare number read as what was asked for."""
    said = text.strip()
    return f"{asked['field'].removesuffix('_id')} {said.lstrip('#')}" if _BARE_NUMBER.fullmatch(said) else said


def _other_record(known: Mapping[str, Any], text: str) -> bool:
    """Whether the message names another record than the one the question was about."""
    said = extract(text)
    return any(
        name.endswith("_id") and (ids := said.ids_of(name.removesuffix("_id"))) and value not in ids
        for name, value in known.items()
    )


def _clarification(asked: Mapping[str, Any]) -> routes.Clarification | None:
    if "clarify" not in asked:
        return None
    kept = asked["clarify"]
    settled = tuple(routes.Part(**item) for item in kept["settled"])
    return routes.Clarification(kept["text"], tuple(kept["candidates"]), settled)


def _part(desk: Desk, item: routes.Part) -> Part:
    tools = list(desk.router.catalogue.intents[item.intent].tools)
    sure = round(item.confidence * 100)
    return Part(
        agent=item.agent or "",
        intent=item.intent,
        playbook=item.playbook or "",
        text=item.text,
        tools=tools,
        confidence=sure,
    )


def _attachment_kind(desk: Desk, state: Conversation, context: RunContext, principal: Principal) -> str | None:
    """Whether the attached text is an invoice or a contract, by how it begins."""
    if not state.get("documents"):
        return None
    begins = desk.documents.get(principal, context.thread, state["documents"][0]).text[:600].lower()
    return "invoice" if "invoice" in begins and "agreement" not in begins and "contract" not in begins else "contract"


def _last_agent(desk: Desk, context: RunContext, principal: Principal) -> str | None:
    for message in reversed(desk.conversations.history(principal, context.thread, limit=3)):
        if message.role == "assistant":
            agents = message.data.get("route", {}).get("agents", [])
            return str(agents[-1]) if agents else None
    return None


def _record(found: routes.Route) -> dict[str, Any]:
    chosen = next((item.intent for item in found.parts if item.reason == CHOSE), None)
    return {
        "agents": list(found.agents),
        "intent": found.intent,
        "playbook": found.playbook,
        "how": found.how,
        "confidence": f"{found.confidence:.3f}",
        "reasons": list(found.reasons),
        **({"chosen": chosen} if chosen else {}),
    }
