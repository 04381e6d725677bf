"""The evaluation puts a call to the rules, and keeps their answer with all that it rests on.

It gathers who asks, what the tool is, which records it touches, the past, and what the case has cost so far.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from ...policies.domain.decision import Decision, Verdict
from ...policies.domain.principal import Principal
from ...policies.domain.proposal import Proposal
from ...policies.engine.edits import decide_edit
from ...policies.engine.engine import decide
from ...policies.engine.evidence_record import dump_facts
from ...policies.errors import CountersignError
from ...policies.filters.masker import Masker
from ...policies.rules.evidence import OWN_SCORES, Facts
from ...policies.rules.policy_set import PolicySet
from ..arguments import explain_misfit
from ..connectors.port import SystemOfRecord
from ..ledger.history_index import HistoryFacts, HistoryIndex
from ..ledger.ledger import make_idempotency_key
from ..scoring.scorer import CallScores, ScoreProvider
from ..spec import ToolContext, ToolServices, ToolSpec
from .masking import mask_results, unmask_arguments


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Policy's answer, and what it rests on.

    Attributes:
        evidence: as the log keeps it.
        context: what the body would work with, for the principal as just looked up; ``None`` when nothing may run.
        history: what policy was told of the past.
    """

    decision: Decision
    evidence: Mapping[str, Any] = field(default_factory=dict)
    context: ToolContext | None = None
    history: HistoryFacts | None = None


def deny_call(policy: PolicySet, proposal: Proposal, rule: str, reason: str) -> Evaluation:
    """An answer that says that nothing was put to the rules, and why."""
    return Evaluation(Decision(Verdict.DENY, (rule,), (reason,), proposal.digest, policy.revision))


COST_SCORE = "cost_micros"
"""The score that says what models have cost in a case so far, in millionths of the currency."""


class CallEvaluator:
    """Asks policy about proposals, with everything that rules may see.

    Args:
        specs: the tools by name.
        policy: returns the rules in force now.
        services: what tools work with.
        systems: by name, the records of business systems that connectors opened; tools of all others get those of
            ``services``.
        masker: which values tools get and which are kept from records.
        histories: what rules ask of the past.
        costs: what was spent on a case, by tenant and thread; without it, rules that ask for it deny.
        now: the clock.
        scoring: what trained models say; without it, people decide where rules ask for it.
    """

    def __init__(
        self,
        specs: Mapping[str, ToolSpec],
        policy: Callable[[], PolicySet],
        services: ToolServices,
        masker: Masker,
        histories: HistoryIndex,
        costs: Callable[[str, str], int] | None,
        now: Callable[[], datetime],
        scoring: ScoreProvider | None = None,
        systems: Mapping[str, SystemOfRecord] = MappingProxyType({}),
    ) -> None:
        self._specs = specs
        self._policy = policy
        self._services = services
        self._by_system = {name: replace(services, records=records) for name, records in systems.items()}
        self._masker = masker
        self._histories = histories
        self._costs = costs
        self._now = now
        self._scoring = scoring

    def __call__(self, proposal: Proposal) -> Evaluation:
        """Policy's answer with the evidence it was given; anything unexpected on the way denies."""
        policy = self._policy()
        principal = self._services.directory.get(proposal.user_id)
        if principal is not None and principal.tenant != proposal.tenant:
            principal = None
        spec = self._specs.get(proposal.tool)
        if spec is None or principal is None:
            facts = Facts(principal=principal, tool=None, records={}, now=self._now())
            return Evaluation(decide(policy, proposal, facts), dump_facts(facts))
        try:
            args, _ = unmask_arguments(self._masker, spec, proposal.args, principal)
            context = self.context(proposal, principal)
            records = self.mask_results(proposal, dict(spec.facts(args, context))) if spec.facts else {}
        except ValidationError as error:
            return deny_call(policy, proposal, "builtin.arguments", explain_misfit(error))
        except CountersignError as error:
            return deny_call(policy, proposal, "builtin.facts", self.mask_results(proposal, str(error)))
        except Exception as error:  # noqa: BLE001 - facts that cannot be loaded deny, whatever the cause
            cause = self.mask_results(proposal, f"{type(error).__name__}: {error}")
            reason = f"The facts about this call could not be loaded ({cause})."
            return deny_call(policy, proposal, "builtin.facts", reason)
        told = self._histories.tell(policy, proposal, records, self._now())
        said = self._ask_models(policy, proposal, args, context)
        scores = {**self._scores(policy, proposal), **said.percent}
        facts = Facts(principal, spec.policy_view(), records, self._now(), scores, told.values(policy))
        judged = self._decide(policy, proposal, facts, context, told)
        return replace(judged, evidence={**judged.evidence, "models": dict(said.details)}) if said.details else judged

    def _decide(
        self, policy: PolicySet, proposal: Proposal, facts: Facts, context: ToolContext, told: HistoryFacts
    ) -> Evaluation:
        if proposal.edited_by:
            editor = self._services.directory.get(proposal.edited_by)
            return Evaluation(decide_edit(policy, proposal, facts, editor), dump_facts(facts, editor), context, told)
        return Evaluation(decide(policy, proposal, facts), dump_facts(facts), context, told)

    def context(self, proposal: Proposal, principal: Principal) -> ToolContext:
        """What the tool's body and its facts work with: the records of its own system, and of no other."""
        spec = self._specs.get(proposal.tool)
        return ToolContext(
            principal=principal,
            services=self._by_system.get(spec.system, self._services) if spec else self._services,
            today=self._services.records.company().today,
            thread=proposal.thread,
            key=make_idempotency_key(proposal.digest),
            permit=None,
        )

    def mask_results(self, proposal: Proposal, data: Any) -> Any:
        """Data with the values masked that nobody but the tool may see."""
        return mask_results(self._masker, proposal, self._services.directory.get(proposal.user_id), data)

    def _ask_models(self, policy: PolicySet, proposal: Proposal, args: Any, context: ToolContext) -> CallScores:
        """What trained models say of the call, where a rule about the tool asks."""
        read = policy.fields_read_about(proposal.tool)
        names = frozenset(path.split(".")[1] for path in read if path.startswith("scores.")) - OWN_SCORES
        return self._scoring(names, args, context) if names and self._scoring else CallScores()

    def _scores(self, policy: PolicySet, proposal: Proposal) -> dict[str, int]:
        """What is counted only when a rule about the tool asks for it."""
        if self._costs is None or f"scores.{COST_SCORE}" not in policy.fields_read_about(proposal.tool):
            return {}
        return {COST_SCORE: self._costs(proposal.tenant, proposal.thread)}
