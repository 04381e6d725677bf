"""An explanation is a decision in words, for three readers: an auditor, a compliance officer, and the requester."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..domain.decision import Decision, Expiry, Verdict
from ..domain.proposal import Proposal
from ..domain.templates import format_money, format_value, look_up_field
from ..errors import CountersignError
from ..review.review import PERSON_PREFIX
from ..rules.evidence import Facts, gather_evidence
from ..rules.fields import write_deadline
from ..rules.policy_set import PolicySet

_OUTCOME = {
    Verdict.ALLOW: "is allowed",
    Verdict.REVIEW: "waits for a countersignature",
    Verdict.DENY: "is denied",
}


@dataclass(frozen=True, slots=True)
class RuleExplanation:
    """One rule that determined a decision.

    Attributes:
        values: the fields its condition read and what they held, e.g. ``{"args.amount_minor": "10001"}``.
    """

    id: str
    reason: str
    section: str
    owner: str
    condition: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The same decision for three readers, and the rules behind it as data."""

    auditor: str
    officer: str
    user: str
    rules: tuple[RuleExplanation, ...]


def explain_decision(policy: PolicySet, decision: Decision, proposal: Proposal, facts: Facts) -> Explanation:
    """Puts a decision into words.

    Args:
        policy: the packs that decided; with another revision the conditions may no longer be the same, and the
            auditor's text says so.
        decision: from :func:`.engine.decide` over the same proposal and facts.
    """
    rules = tuple(
        _rule(policy, rule_id, reason, proposal, facts)
        for rule_id, reason in zip(decision.rules, decision.reasons, strict=True)
    )
    return Explanation(
        _explain_to_auditor(policy, decision, proposal, rules),
        _explain_to_officer(decision, proposal, rules),
        explain_to_user(decision),
        rules,
    )


def explain_to_user(decision: Decision) -> str:
    """What the person who asked is told: the outcome and why, without ids."""
    why = " ".join(dict.fromkeys(decision.reasons))
    match decision.verdict:
        case Verdict.ALLOW:
            return f"This may be done. {why}"
        case Verdict.REVIEW:
            return f"This waits for {_people(decision)}. {why} You will hear when it is settled."
        case Verdict.DENY:
            return f"This cannot be done. {why}"


def _rule(policy: PolicySet, rule_id: str, reason: str, proposal: Proposal, facts: Facts) -> RuleExplanation:
    rule = policy.rule(rule_id)
    if limit := policy.limits.get(rule_id):
        return RuleExplanation(rule_id, reason, limit.source, limit.owner, f"{limit.rate} per {limit.per}", {})
    if rule is None:
        return RuleExplanation(rule_id, reason, "", "the engine", "", {})
    condition = policy.condition(rule_id)
    values: dict[str, str] = {}
    if condition:
        for path in condition.paths:
            values[path] = _value(path, _evidence(proposal, facts, path.split(".")[0]))
    return RuleExplanation(rule_id, reason, rule.source, rule.owner, " ".join(rule.when.split()), values)


def _evidence(proposal: Proposal, facts: Facts, name: str) -> Mapping[str, Any]:
    try:
        return gather_evidence(proposal, facts, frozenset({name}))
    except (CountersignError, ValueError, RecursionError):
        return {}


def _value(path: str, evidence: Mapping[str, Any]) -> str:
    value = look_up_field(path, evidence)
    text = format_value(value)
    if path.endswith("_minor") and isinstance(value, int) and not isinstance(value, bool):
        beside = look_up_field(path.rpartition(".")[0] + ".currency", evidence)
        return (
            f"{text} "
            f"({format_money(value, beside) if isinstance(beside, str) and len(beside) == 3 else format_money(value)})"
        )
    return text


def _explain_to_auditor(
    policy: PolicySet, decision: Decision, proposal: Proposal, rules: tuple[RuleExplanation, ...]
) -> str:
    lines = [
        f"{proposal.tool} {proposal.version} by {proposal.agent} for {proposal.user_id} ({proposal.tenant}): "
        f"{decision.verdict}",
        f"digest {decision.digest or '(none)'}, policy revision {decision.policy_revision}",
    ]
    if policy.revision != decision.policy_revision:
        lines.append(f"Careful: the packs at hand are revision {policy.revision}; conditions below are theirs.")
    for rule in rules:
        lines.append(f"- {rule.id}{f' [{rule.section}]' if rule.section else ''}, owner {rule.owner}")
        if rule.condition:
            lines.append(f"  when {rule.condition}")
        if rule.values:
            lines.append("  with " + ", ".join(f"{path} = {value}" for path, value in rule.values.items()))
        lines.append(f"  because: {rule.reason}")
    if decision.verdict is Verdict.REVIEW:
        duty = decision.obligations
        lines.append(
            f"needs {', '.join(duty.seats)} within {write_deadline(duty.deadline)}; "
            f"escalates to {', '.join(duty.escalate) or 'nobody'}; unanswered: {duty.on_expiry}"
        )
    if decision.obligations.retain:
        lines.append(f"kept in memory as: {decision.obligations.retain}")
    if decision.obligations.mask:
        lines.append(f"masked in the result: {', '.join(decision.obligations.mask)}")
    return "\n".join(lines)


def _explain_to_officer(decision: Decision, proposal: Proposal, rules: tuple[RuleExplanation, ...]) -> str:
    lines = [f"The call {proposal.tool} for {proposal.user_id} {_OUTCOME[decision.verdict]}."]
    for rule in rules:
        basis = f" ({rule.section}, owned by {rule.owner})" if rule.section else " (built in)"
        lines.append(f"- {rule.reason}{basis}")
    if decision.verdict is Verdict.REVIEW:
        duty = decision.obligations
        lines.append(
            f"It is settled by {_people(decision)} within {write_deadline(duty.deadline)}; "
            f"unanswered it {_UNANSWERED[duty.on_expiry]}."
        )
    return "\n".join(lines)


_UNANSWERED = {Expiry.DENY: "is denied", Expiry.ALLOW: "is allowed", Expiry.WAIT: "stays open"}


def _people(decision: Decision) -> str:
    names = [
        seat.removeprefix(PERSON_PREFIX)
        if seat.startswith(PERSON_PREFIX)
        else f"a person with the role {seat.replace('_', ' ')}"
        for seat in decision.obligations.seats
    ]
    return " and ".join(names) or "nobody"
