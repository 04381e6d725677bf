"""Putting a call to the rules: who asks, what the tool is, what records it touches, the past, and its cost so far.

Policy's answer to a call, with all that it rests on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from ...policies.domain.decision import Decision, Verdict
from ...policies.domain.principal import Principal
from ...policies.domain.proposal import Proposal
from ...policies.engine.edits import decide_edit
from ...policies.engine.engine import decide
from ...policies.engine.evidence_record import recorded
from ...policies.errors import CountersignError
from ...policies.filters.masker import Veil
from ...policies.rules.evidence import LEARNED, Facts
from ...policies.rules.policy_set import PolicySet
from ..arguments import explain
from ..ledger.history_index import Histories, Told
from ..ledger.ledger import key_of
from ..scoring.scorer import Scores, Scoring
from ..spec import Services, ToolContext, ToolSpec
from .masking import kept_back, opened


@dataclass(frozen=True, slots=True)
class Judged:
    """Policy's answer, and what it rests on.

    Attributes:
        evidence: as the log keeps it.
        context: what the body would work with, for the principal as just looked up; ``None`` when nothing may run.
        history: what policy was told of the past.
    """

    decision: Decision
    evidence: Mapping[str, Any] = field(default_factory=dict)
    context: ToolContext | None = None
    history: Told | None = None


def denied(policy: PolicySet, proposal: Proposal, rule: str, reason: str) -> Judged:
    """That nothing was put to the rules, and why."""
    return Judged(Decision(Verdict.DENY, (rule,), (reason,), proposal.digest, policy.revision))


COST = "cost_micros"
"""The score that says what models have cost in a case so far, in millionths of the currency."""


class Judge:
    """Asks policy about proposals, with everything that rules may see.

    Args:
        specs: the tools by name.
        policy: returns the rules in force now.
        services: what tools work with.
        veil: which values tools get and which are kept from records.
        histories: what rules ask of the past.
        costs: what was spent on a case, by tenant and thread; without it, rules that ask for it deny.
        now: the clock.
        scoring: what trained models say; without it, people decide where rules ask for it.
    """

    def __init__(
        self,
        specs: Mapping[str, ToolSpec],
        policy: Callable[[], PolicySet],
        services: Services,
        veil: Veil,
        histories: Histories,
        costs: Callable[[str, str], int] | None,
        now: Callable[[], datetime],
        scoring: Scoring | None = None,
    ) -> None:
        self._specs = specs
        self._policy = policy
        self._services = services
        self._veil = veil
        self._histories = histories
        self._costs = costs
        self._now = now
        self._scoring = scoring

    def __call__(self, proposal: Proposal) -> Judged:
        """Policy's answer with the evidence it was given; anything unexpected on the way denies."""
        policy = self._policy()
        principal = self._services.directory.get(proposal.user_id)
        if principal is not None and principal.tenant != proposal.tenant:
            principal = None
        spec = self._specs.get(proposal.tool)
        if spec is None or principal is None:
            facts = Facts(principal=principal, tool=None, records={}, now=self._now())
            return Judged(decide(policy, proposal, facts), recorded(facts))
        try:
            args, _ = opened(self._veil, spec, proposal.args, principal)
            context = self.context(proposal, principal)
            records = self.mask_results(proposal, dict(spec.facts(args, context))) if spec.facts else {}
        except ValidationError as error:
            return denied(policy, proposal, "builtin.arguments", explain(error))
        except CountersignError as error:
            return denied(policy, proposal, "builtin.facts", self.mask_results(proposal, str(error)))
        except Exception as error:  # noqa: BLE001 - facts that cannot be loaded deny, whatever the cause
            cause = self.mask_results(proposal, f"{type(error).__name__}: {error}")
            reason = f"The facts about this call could not be loaded ({cause})."
            return denied(policy, proposal, "builtin.facts", reason)
        told = self._histories.tell(policy, proposal, records, self._now())
        said = self._ask_models(policy, proposal, args, context)
        scores = {**self._scores(policy, proposal), **said.percent}
        facts = Facts(principal, spec.policy_view(), records, self._now(), scores, told.values(policy))
        judged = self._decide(policy, proposal, facts, context, told)
        return replace(judged, evidence={**judged.evidence, "models": dict(said.details)}) if said.details else judged

    def _decide(self, policy: PolicySet, proposal: Proposal, facts: Facts, context: ToolContext, told: Told) -> Judged:
        if proposal.edited_by:
            editor = self._services.directory.get(proposal.edited_by)
            return Judged(decide_edit(policy, proposal, facts, editor), recorded(facts, editor), context, told)
        return Judged(decide(policy, proposal, facts), recorded(facts), context, told)

    def context(self, proposal: Proposal, principal: Principal) -> ToolContext:
        """What the tool's body and its facts work with."""
        return ToolContext(
            principal=principal,
            services=self._services,
            today=self._services.records.company().today,
            thread=proposal.thread,
            key=key_of(proposal.digest),
            permit=None,
        )

    def mask_results(self, proposal: Proposal, data: Any) -> Any:
        """Data with the values masked that nobody but the tool may see."""
        return kept_back(self._veil, proposal, self._services.directory.get(proposal.user_id), data)

    def _ask_models(self, policy: PolicySet, proposal: Proposal, args: Any, context: ToolContext) -> Scores:
        """What trained models say of the call, where a rule about the tool asks."""
        read = policy.fields_read_about(proposal.tool)
        names = frozenset(name for name in LEARNED if f"scores.{name}" in read)
        return self._scoring(names, args, context) if names and self._scoring else Scores()

    def _scores(self, policy: PolicySet, proposal: Proposal) -> dict[str, int]:
        """What is counted only when a rule about the tool asks for it."""
        if self._costs is None or f"scores.{COST}" not in policy.fields_read_about(proposal.tool):
            return {}
        return {COST: self._costs(proposal.tenant, proposal.thread)}
