"""The engine is a pure function from policy, proposal and facts to a decision with its reasons.

Deny beats review, review beats allow, nothing matching is denied (after Cedar's authorizer), and unlike Cedar's a rule
that cannot be evaluated denies. The order of packs and rules makes no difference. The reasons are the words of the
rules that determined the verdict, filled from what was decided on.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from ..domain.decision import Decision, Expiry, Obligations, Priority, Verdict
from ..domain.proposal import Proposal
from ..domain.retention import RetentionClass, choose_strictest
from ..domain.stage import Stage
from ..domain.templates import format_value, render_template
from ..errors import CountersignError
from ..review.review import PERSON_PREFIX
from ..rules import model_scores
from ..rules.evidence import REASON_FIELDS, Facts, gather_evidence
from ..rules.expressions import EvaluationError, make_context
from ..rules.policy_set import CompiledRule, PolicySet
from ..rules.rule import Rule, RuleEffect
from . import untrusted_text as untrusted


@dataclass(frozen=True, slots=True)
class RuleReason:
    """One rule that determines a verdict, and its reason."""

    rule: str
    reason: str
    section: str = ""


class ReasonRenderer:
    """Fills the reasons; gathers the fields only when a reason has some."""

    def __init__(self, proposal: Proposal, facts: Facts, evidence: dict[str, Any]) -> None:
        self._proposal, self._facts, self._evidence = proposal, facts, evidence
        self._fields: dict[str, Any] | None = None

    def render_rule(self, rule: Rule) -> RuleReason:
        """What a rule that applies says here."""
        if "{" not in rule.reason:
            return RuleReason(rule.id, rule.reason, rule.source)
        return RuleReason(rule.id, render_template(rule.reason, self.fields), rule.source)

    def render_seat(self, reviewer: str) -> str:
        """The seat of a rule's reviewer: the role itself, or the person whom the record names; empty for nobody.

        Who asks is nobody here: they cannot countersign.
        """
        if not reviewer.startswith("{"):
            return reviewer
        value: Any = self.fields
        for part in reviewer.strip("{}").split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        asking = self._facts.principal
        own = (asking.user_id, asking.human) if asking else ()
        return PERSON_PREFIX + value if isinstance(value, str) and value and value not in own else ""

    @property
    def fields(self) -> dict[str, Any]:
        """What reasons and seats are filled from."""
        if self._fields is None:
            self._fields = self._gather()
        return self._fields

    def _gather(self) -> dict[str, Any]:
        try:
            return self._evidence | gather_evidence(self._proposal, self._facts, REASON_FIELDS - self._evidence.keys())
        except CountersignError:
            # A record that no condition reads may be unfit; the reason then goes without its fields.
            return self._evidence


NO_PRINCIPAL = "builtin.principal"
NO_TOOL = "builtin.tool"
BAD_EVIDENCE = "builtin.evidence"
NO_RULE = "default.deny"
NOTHING_SAID = "default.open"


_NARROWING = (RuleEffect.MASK, RuleEffect.RETAIN)
OPEN_DECISION = Decision(Verdict.ALLOW, (NOTHING_SAID,), ("No rule speaks of this here.",), "", "")
"""What is said at a stage other than ``tool`` where no rule speaks of the subject."""


def decide(policy: PolicySet, proposal: Proposal, facts: Facts, stage: Stage = Stage.TOOL) -> Decision:
    """Policy's answer to a proposal. It never raises for what a proposal or a record holds: that is a denial.

    Args:
        policy: the packs in force.
        proposal: the call.
        facts: who asks, what the tool is, which records the call touches and what time it is.
        stage: where it is asked; :func:`.stages.decide_stage` asks at the others than ``tool``.
    """
    known = _check_known(proposal, facts)
    if isinstance(known, RuleReason):
        return _make_denial(policy, proposal, [known])
    roles, tool = known
    about = policy.rules_about(proposal.tool, stage)
    asked = [ready for ready in about if ready.speaks_of(proposal.agent, roles)]
    biting = [ready for ready in asked if ready.rule.effect is not RuleEffect.OBSERVE]
    try:
        found = _evaluate(proposal, facts, biting)
        doubt = untrusted.find_untrusted_reason(proposal, tool) if stage is Stage.TOOL else None
    except (CountersignError, ValueError, RecursionError) as error:
        return _make_denial(
            policy, proposal, [RuleReason(BAD_EVIDENCE, f"The call cannot be judged: {format_value(str(error))}")]
        )
    closed = stage is Stage.TOOL or any(ready.rule.effect is RuleEffect.ALLOW for ready in about)
    decision = _compose(policy, proposal, facts, found, doubt, closed)
    if len(biting) == len(asked):
        return decision
    watching = [ready for ready in asked if ready.rule.effect is RuleEffect.OBSERVE]
    return replace(decision, observed=_find_observed(proposal, facts, watching))


@dataclass(frozen=True, slots=True)
class _RuleMatches:
    """Which of the rules that were asked apply, which could not be evaluated, and what they read.

    Attributes:
        waiting: rules that only lack the score of a trained model, and which scores those are.
    """

    matched: Sequence[Rule]
    failed: Sequence[tuple[Rule, EvaluationError]]
    evidence: dict[str, Any]
    waiting: Sequence[tuple[Rule, frozenset[str]]] = ()


def _evaluate(proposal: Proposal, facts: Facts, asked: Sequence[CompiledRule]) -> _RuleMatches:
    matched, failed, waiting = [], [], []
    evidence, context = _context(proposal, facts, asked)
    for ready in asked:
        try:
            if ready.condition is None or ready.condition.holds(context):
                matched.append(ready.rule)
        except EvaluationError as error:
            if missing := model_scores.find_awaited_scores(ready.condition, evidence):
                waiting.append((ready.rule, missing))
            else:
                failed.append((ready.rule, error))
    return _RuleMatches(matched, failed, evidence, waiting)


def _compose(
    policy: PolicySet, proposal: Proposal, facts: Facts, found: _RuleMatches, doubt: str | None, closed: bool
) -> Decision:
    """One decision from the rules that apply.

    Args:
        closed: whether what no rule allows is denied.
    """
    waiting = [rule for rule, _ in found.waiting]
    by_effect = {effect: [rule for rule in found.matched if rule.effect is effect] for effect in RuleEffect}
    words = ReasonRenderer(proposal, facts, found.evidence)
    denials = [words.render_rule(rule) for rule in by_effect[RuleEffect.DENY]]
    denials += [_explain_failure(rule, error) for rule, error in found.failed]
    if denials:
        return _make_denial(policy, proposal, denials)
    reviews = by_effect[RuleEffect.REVIEW]
    allowing = by_effect[RuleEffect.ALLOW] + reviews
    # What only a trained model's score brings in allows nothing: without the model it would be denied.
    if closed and all(rule.id in policy.learned_rules for rule in allowing):
        roles = facts.principal.roles if facts.principal else ()
        return _make_denial(policy, proposal, [_explain_uncovered(proposal, roles)])
    reviews = reviews + [rule for rule in waiting if rule.effect is RuleEffect.REVIEW]
    narrowing = [rule for effect in _NARROWING for rule in by_effect[effect]]
    narrowing += [rule for rule in waiting if rule.effect in _NARROWING]
    unsaid = [(rule, missing) for rule, missing in found.waiting if rule.effect not in _NARROWING]
    biting = by_effect[RuleEffect.ALLOW] + reviews + narrowing
    if not reviews and not doubt and not unsaid:
        retain = _choose_retention(biting)
        # A class that a stricter one overrules did not determine anything.
        telling = [rule for rule in biting if rule.retain in (None, retain)]
        findings = [words.render_rule(rule) for rule in telling] or [RuleReason(NOTHING_SAID, OPEN_DECISION.reasons[0])]
        return _decision(policy, proposal, Verdict.ALLOW, findings, Obligations(mask=_masks(biting), retain=retain))
    findings = [words.render_rule(rule) for rule in by_effect[RuleEffect.REVIEW]]
    findings += [
        RuleReason(rule.id, model_scores.explain_waiting(rule, missing), rule.source) for rule, missing in unsaid
    ]
    if doubt:
        findings.append(RuleReason(untrusted.UNTRUSTED_RULE, doubt))
    tool = facts.tool or {}
    guardian = policy.guardian(proposal.tool, str(tool.get("owner", "")))
    seats = _seats(reviews, words, guardian) or (guardian,)
    if guardian not in seats and any(rule.effect is RuleEffect.DENY for rule in waiting):
        seats = (*seats, guardian)
    duties = _obligations(biting, reviews, seats, guardian, bool(doubt or unsaid))
    return _decision(policy, proposal, Verdict.REVIEW, findings, duties, facts.records)


def _find_observed(proposal: Proposal, facts: Facts, watching: Sequence[CompiledRule]) -> tuple[str, ...]:
    """What rules that only observe would have done; they are evaluated apart, so that they can break nothing."""
    try:
        found = _evaluate(proposal, facts, watching)
    except (CountersignError, ValueError, RecursionError):
        return tuple(f"{ready.rule.id}: {Verdict.DENY}" for ready in watching)
    would = [f"{rule.id}: {rule.enforced}" for rule in found.matched]
    would += [f"{rule.id}: {Verdict.REVIEW}" for rule, _ in found.waiting]
    return tuple(sorted(would + [f"{rule.id}: {Verdict.DENY}" for rule, _ in found.failed]))


def _check_known(proposal: Proposal, facts: Facts) -> tuple[frozenset[str], Mapping[str, Any]] | RuleReason:
    """The roles of who asks and the spec of the tool, or why the call cannot even be put to the rules."""
    if not _digest(proposal):
        return RuleReason(
            BAD_EVIDENCE, "The arguments are no JSON object without binary floats; nothing can run on them."
        )
    principal, tool = facts.principal, facts.tool
    if principal is None or (principal.user_id, principal.tenant) != (proposal.user_id, proposal.tenant):
        who = format_value(proposal.user_id)
        return RuleReason(NO_PRINCIPAL, f"Nobody is known here as {who}; an unknown user may do nothing.")
    if not tool or tool.get("name") != proposal.tool:
        return RuleReason(NO_TOOL, f"There is no tool {format_value(proposal.tool)}; an unknown tool never runs.")
    if "version" in tool and str(tool["version"]) != proposal.version:
        return RuleReason(
            NO_TOOL, f"The tool {proposal.tool} has changed since this call was proposed; it must be proposed again."
        )
    return principal.roles, tool


def _digest(proposal: Proposal) -> str:
    """The digest, or nothing for data that has none: a decision that no grant can be bound to."""
    try:
        return proposal.digest if proposal.arguments.lstrip().startswith("{") else ""
    except (CountersignError, ValueError, TypeError, RecursionError):
        return ""


def _context(proposal: Proposal, facts: Facts, asked: Sequence[CompiledRule]) -> tuple[dict[str, Any], Any]:
    conditions = [ready.condition for ready in asked if ready.condition]
    if not conditions:
        return {}, None
    names = frozenset().union(*(condition.variables for condition in conditions))
    functions = frozenset().union(*(condition.functions for condition in conditions))
    evidence = gather_evidence(proposal, facts, names)
    return evidence, make_context(evidence, functions)


def _explain_failure(rule: Rule, error: EvaluationError) -> RuleReason:
    return RuleReason(rule.id, f"The rule {rule.id} could not be evaluated: {error}. The call is denied.", rule.source)


def _explain_uncovered(proposal: Proposal, roles: Iterable[str]) -> RuleReason:
    who = f"{format_value(proposal.user_id)} (roles: {', '.join(sorted(roles)) or 'none'})"
    return RuleReason(NO_RULE, f"No rule allows {proposal.tool} to {who}; what no rule allows is denied.")


def _seats(reviews: Sequence[Rule], words: ReasonRenderer, guardian: str) -> tuple[str, ...]:
    """For each role or person as many seats as the rule that asks most for it; the guardian's where it is nobody."""
    most: Counter[str] = Counter()
    for rule in reviews:
        most |= Counter(words.render_seat(reviewer) or guardian for reviewer in rule.reviewers)
    return tuple(most.elements())


def _obligations(
    matched: Sequence[Rule], reviews: Sequence[Rule], seats: tuple[str, ...], guardian: str, doubt: bool
) -> Obligations:
    escalate = dict.fromkeys(role for rule in reviews for role in rule.escalate)
    lenient = bool(reviews) and not doubt and all(rule.on_expiry is Expiry.ALLOW for rule in reviews)
    ordered = sorted(reviews, key=lambda rule: rule.id)
    return Obligations(
        seats=seats,
        deadline=min((rule.deadline for rule in reviews), default=timedelta(days=2)),
        escalate=tuple(escalate),
        mask=_masks(matched),
        on_expiry=Expiry.ALLOW if lenient else Expiry.DENY,
        owner=ordered[0].owner if ordered else guardian,
        priority=max((rule.priority for rule in reviews), key=lambda item: item.rank, default=Priority.NORMAL),
        remind=min((rule.remind for rule in reviews if rule.remind), default=None),
    )


def _choose_retention(matched: Iterable[Rule]) -> RetentionClass | None:
    return choose_strictest(rule.retain for rule in matched if rule.retain)


def _masks(matched: Iterable[Rule]) -> tuple[str, ...]:
    return tuple(sorted({path for rule in matched for path in rule.mask}))


def _make_denial(policy: PolicySet, proposal: Proposal, findings: Sequence[RuleReason]) -> Decision:
    return _decision(policy, proposal, Verdict.DENY, findings, Obligations())


def _decision(
    policy: PolicySet,
    proposal: Proposal,
    verdict: Verdict,
    findings: Sequence[RuleReason],
    obligations: Obligations,
    records: Mapping[str, Any] | None = None,
) -> Decision:
    ordered = sorted(findings, key=lambda finding: finding.rule)
    return Decision(
        verdict=verdict,
        rules=tuple(finding.rule for finding in ordered),
        reasons=tuple(finding.reason for finding in ordered),
        digest=_digest(proposal),
        policy_revision=policy.revision,
        sections=tuple(dict.fromkeys(finding.section for finding in ordered if finding.section)),
        obligations=obligations,
        records=records or {},
    )


def evaluate_rule(ready: CompiledRule, proposal: Proposal, facts: Facts) -> bool | None:
    """Whether the rule applies; ``None`` when its condition cannot be evaluated, which denies.

    Args:
        ready: from :meth:`..rules.policy_set.PolicySet.rules_about`, for the call's tool or subject.
    """
    roles = facts.principal.roles if facts.principal else frozenset()
    if not ready.speaks_of(proposal.agent, roles):
        return False
    condition = ready.condition
    if condition is None:
        return True
    try:
        evidence = gather_evidence(proposal, facts, condition.variables)
        return condition.holds(make_context(evidence, condition.functions))
    except (CountersignError, ValueError, RecursionError):
        return None
