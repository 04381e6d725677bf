"""Explanations as the command line shows them, and decisions read back from records."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ...policies.domain.decision import Decision, Expiry, Obligations, Priority, Verdict
from ...policies.domain.templates import money
from ...policies.engine.explanation import Explanation


@dataclass(frozen=True, slots=True)
class Explained:
    """One explanation for one kind of reader, with notes on what it rests on."""

    text: str
    notes: tuple[str, ...]
    record: Mapping[str, Any]


def worded(words: Explanation, decision: Decision, audience: str, notes: tuple[str, ...]) -> Explained:
    """An explanation for one reader.

    Args:
        audience: ``auditor``, ``compliance`` or ``user``, who is not told what the rules looked at.
    """
    text = {"auditor": words.auditor, "compliance": words.officer, "user": words.user}[audience]
    record: dict[str, Any] = {"verdict": str(decision.verdict), "for": audience, "text": text, "notes": list(notes)}
    if audience != "user":
        record["rules"] = [
            {
                "id": rule.id,
                "reason": rule.reason,
                "section": rule.section,
                "owner": rule.owner,
                "condition": rule.condition,
                "values": dict(rule.values),
            }
            for rule in words.rules
        ]
    return Explained(text, notes, record)


def models_in_words(told: Mapping[str, Any]) -> tuple[str, ...]:
    """What trained models said of a call, as its decision recorded it: the score and what moved it, or why none."""
    found = []
    for name, said in sorted(told.items()):
        if "percent" not in said:
            found.append(
                f"scores.{name} was not given, and people decide: {said.get('paused') or 'the model is paused'}."
            )
            continue
        why = ", ".join(
            f"{part['words']} = {_shown(part)} ({part['points']:+d})" for part in said["why"] if "words" in part
        )
        version = f"version {said['version']} of the model, {said['digest'][:12]}"
        found.append(f"scores.{name} = {said['percent']} % ({version})" + (f": {why}." if why else "."))
    return tuple(found)


def _shown(part: Mapping[str, Any]) -> str:
    whole = part["value"].isdecimal() and str(part["feature"]).endswith("_minor")
    return money(int(part["value"])) if whole else str(part["value"])


def decision_of(record: Mapping[str, Any]) -> Decision:
    """The decision that :meth:`countersign.policies.domain.decision.Decision.record` wrote."""
    return Decision(
        verdict=Verdict(record["verdict"]),
        rules=tuple(record["rules"]),
        reasons=tuple(record["reasons"]),
        digest=record["digest"],
        policy_revision=record["policy_revision"],
        sections=tuple(record["sections"]),
        obligations=Obligations(
            seats=tuple(record["seats"]),
            deadline=timedelta(seconds=record["deadline_seconds"]),
            escalate=tuple(record["escalate"]),
            mask=tuple(record["mask"]),
            on_expiry=Expiry(record["on_expiry"]),
            owner=record["owner"],
            priority=Priority(record["priority"]),
            remind=timedelta(seconds=record["remind_seconds"]),
        ),
    )
