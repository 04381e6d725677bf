"""A pause is written as LangChain's human-in-the-loop schema, and its three forms of reply are read.

Out: ``{"action_requests": [...], "review_configs": [...]}`` with one action, plus what Countersign adds. In: the
batched form ``{"decisions": [...]}``, one decision by itself, and the legacy ``[{"type": "accept", "args": ...}]``.
"""

import json
from collections.abc import Mapping
from typing import Any

from ...policies.errors import BadInput
from ...policies.review.answers import list_fitting_answers
from ...policies.review.review import Answer, AnswerType, Review

_TYPES = {"accept": AnswerType.APPROVE, "response": AnswerType.RESPOND, **{str(kind): kind for kind in AnswerType}}
_NO_ANSWER = ("ignore",)
_OF_CLIENTS = ("approve", "edit", "reject", "respond")
"""What LangChain's schema knows, so that every client can show it; ``answers`` names all."""


def build_request(review: Review) -> dict[str, Any]:
    """The interrupt's payload for one review."""
    proposal, known = review.proposal, list_fitting_answers(review)
    action = {
        "name": proposal.tool,
        "args": proposal.args,
        "arguments": proposal.args,  # one popular inbox reads this key
        "description": review.summary,
    }
    return {
        "action_requests": [action],
        "review_configs": [
            {"action_name": proposal.tool, "allowed_decisions": [str(kind) for kind in known if kind in _OF_CLIENTS]}
        ],
        "answers": [str(kind) for kind in known],
        "review_id": review.review_id,
        "digest": proposal.digest,
        "due": review.due_at.isoformat(),
        "seats": list(review.seats),
        "reasons": list(review.decision["reasons"]),
        "rules": list(review.decision["rules"]),
    }


def parse_answer(sent: Any, request: Mapping[str, Any]) -> Answer | None:
    """The answer in what a client sent, or ``None`` when it says only "look again" (ignored, resolved, settled).

    Raises:
        BadInput: it is none of the known forms, names another review or digest, or answers more than one action.
    """
    if sent is None or (isinstance(sent, Mapping) and sent.get("settled") is True):
        return None
    decisions = sent.get("decisions", [sent]) if isinstance(sent, Mapping) else sent
    if not isinstance(decisions, list) or len(decisions) != 1 or not isinstance(decisions[0], Mapping):
        raise BadInput("An answer holds exactly one decision, because a review is about exactly one action.")
    for named in (sent, decisions[0]):
        for key in ("review_id", "digest"):
            if isinstance(named, Mapping) and key in named and named[key] != request[key]:
                raise BadInput(f"The answer is for {key} {named[key]}, but {request[key]} is waiting.")
    return _decision(decisions[0], request)


def _decision(decision: Mapping[str, Any], request: Mapping[str, Any]) -> Answer | None:
    kind = decision.get("type")
    if kind in _NO_ANSWER:
        return None
    answer_type = _TYPES.get(str(kind))
    if answer_type is None:
        allowed = ", ".join(str(name) for name in AnswerType)
        raise BadInput(f"A decision of type {kind!r} is not known; use one of {allowed}.")
    args = decision.get("args")
    message = decision.get("message") or (args if isinstance(args, str) else "")
    if answer_type is not AnswerType.EDIT:
        return Answer(answer_type, message, to=decision.get("to") or "")
    edited = decision.get("edited_action") or args
    if not isinstance(edited, Mapping) or not isinstance(edited.get("args"), Mapping):
        raise BadInput('An edit carries {"edited_action": {"name": ..., "args": {...}}}.')
    name = edited.get("name") or edited.get("action") or request["action_requests"][0]["name"]
    if name != request["action_requests"][0]["name"]:
        raise BadInput("An edit may change the arguments, not the tool; reject it and ask for the other tool instead.")
    return Answer(AnswerType.EDIT, message, _restore_types(edited["args"], request["action_requests"][0]["args"]))


def _restore_types(edited: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Edited values with the types they had: some clients send every value back as text."""
    return {key: _convert_like(value, before.get(key)) for key, value in edited.items()}


def _convert_like(value: Any, before: Any) -> Any:
    if not isinstance(value, str) or isinstance(before, str) or before is None:
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value  # the tool's own schema says what is wrong with it
