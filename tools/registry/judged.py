"""Policy's answer to a call, with all that it rests on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...policies.domain.decision import Decision, Verdict
from ...policies.domain.proposal import Proposal
from ...policies.rules.policy_set import PolicySet
from ..ledger.history_index import Told
from ..spec import ToolContext


@dataclass(frozen=True, slots=True)
class Judged:
    """Policy's answer, and what it rests on.

    Attributes:
        evidence: as the log keeps it.
        context: what the body would work with, for the principal as just looked up; ``None`` when nothing may run.
        told: what policy was told of the past.
    """

    decision: Decision
    evidence: Mapping[str, Any] = field(default_factory=dict)
    context: ToolContext | None = None
    told: Told | None = None


def denied(policy: PolicySet, proposal: Proposal, rule: str, reason: str) -> Judged:
    """That nothing was put to the rules, and why."""
    return Judged(Decision(Verdict.DENY, (rule,), (reason,), proposal.digest, policy.revision))
