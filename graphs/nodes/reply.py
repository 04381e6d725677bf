"""The node makes one reply of everything the agents found, and checks it before it goes out."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...agents.spec import AgentSpec
from ...policies.filters.reply_checks import clean_reply, find_breaches
from .assistant_replies import LISTED

NOTHING = "I found nothing to say about this, so nothing was done. Try other words, or ask a colleague."


def compose_reply(
    findings: Sequence[Mapping[str, Any]], agents: Mapping[str, AgentSpec], notice: str, earlier: str
) -> dict[str, Any]:
    """The reply as plain data: ``text``, ``citations``, ``status`` and the open question, if any, as ``asked``.

    Args:
        notice: what must be said about budgets, or empty.
        earlier: what waits in this conversation already, or empty; left out when a finding lists it.
    """
    texts = [(found["agent"], found["text"].strip()) for found in findings if found["text"].strip()]
    if len(texts) > 1:
        body = "\n\n".join(f"**{_title(agent, agents)}**\n\n{text}" for agent, text in texts)
    else:
        body = texts[0][1] if texts else NOTHING
    listed = any(found["agent"] == "assistant" and found["data"].get(LISTED) for found in findings)
    notices = "\n\n".join(filter(None, (notice, "" if listed else earlier)))
    citations = list(dict.fromkeys(cited for found in findings for cited in found["citations"]))
    body, status = clean_reply(body), _pick_worst(found["status"] for found in findings)
    if broken := find_breaches(body, citations):
        body, status = (
            f"I do not send the reply that I had: {'; '.join(broken)}. A person should look at this.",
            "stopped",
        )
    return {
        "text": f"{body}\n\n{notices}" if notices else body,
        "citations": citations,
        "status": status,
        "asked": _find_open_question(findings),
    }


def _find_open_question(findings: Sequence[Mapping[str, Any]]) -> str:
    """The first open question, as JSON for the conversation to keep; one at a time is enough for a person."""
    for found in findings:
        if found["status"] == "asks" and "asked" in found:
            return json.dumps(found["asked"])
    return ""


def _title(agent: str, agents: Mapping[str, AgentSpec]) -> str:
    return agents[agent].title if agent in agents else "Assistant"


_ORDER = ("done", "asks", "handed_over", "stopped")


def _pick_worst(statuses: Iterable[str]) -> str:
    return max(statuses, key=lambda status: _ORDER.index(status) if status in _ORDER else len(_ORDER), default="done")
