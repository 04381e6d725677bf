"""Coverage says which rules the cases of their packs have seen apply, and seen not apply."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..domain.proposal import Proposal
from ..engine.engine import evaluate_rule
from ..rules.evidence import Facts
from ..rules.inheritance import find_replaced_cases
from ..rules.pack import PackCase
from ..rules.policy_set import CompiledRule, PolicySet
from .cases import CASE_TIME, build_situation, resolve_cases
from .thresholds import find_thresholds

ToolSpecs = Mapping[str, Mapping[str, Any]]
"""What rules may see of each registered tool, by name."""


@dataclass(frozen=True, slots=True)
class Situation:
    """One case as the engine sees it."""

    pack: str
    case: PackCase
    proposal: Proposal
    facts: Facts


@dataclass(frozen=True, slots=True)
class RuleCoverage:
    """What cases show of one rule.

    Attributes:
        fired: how many cases it applies to. held_back: how many about its tools it does not apply to.
        always: it applies to whatever it speaks of, so no case can show it held back.
        thresholds: how many numbers its condition compares with.
    """

    rule: str
    pack: str
    effect: str
    fired: int
    held_back: int
    always: bool
    thresholds: int

    @property
    def gaps(self) -> tuple[str, ...]:
        """What no case shows: ``"never fires"``, ``"never holds back"``."""
        found = () if self.fired else ("never fires",)
        return found if self.held_back or self.always else (*found, "never holds back")


def build_situations(policy: PolicySet, tools: ToolSpecs | None = None) -> list[Situation]:
    """All cases that count, as the engine sees them.

    Raises:
        PolicyError: a case is like one that does not stand before it, or overrides one that is not there.
    """
    replaced = find_replaced_cases(policy.packs)
    return [
        Situation(pack.pack, case, *build_situation(policy, case, tools, CASE_TIME))
        for pack in policy.packs
        for case in resolve_cases(pack)
        if (pack.pack, case.name) not in replaced
    ]


def measure_coverage(policy: PolicySet, seen: Iterable[Situation]) -> list[RuleCoverage]:
    """For each rule in force how often cases saw it apply and not apply, sorted by id.

    Args:
        seen: from :func:`build_situations`.
    """
    fired: dict[str, int] = {}
    held: dict[str, int] = {}
    for item in seen:
        for ready in policy.rules_about(item.proposal.tool, item.case.stage):
            if evaluate_rule(ready, item.proposal, item.facts):
                fired[ready.rule.id] = fired.get(ready.rule.id, 0) + 1
            else:
                held[ready.rule.id] = held.get(ready.rule.id, 0) + 1
    return [
        RuleCoverage(
            ready.rule.id,
            ready.pack,
            str(ready.rule.effect),
            fired.get(ready.rule.id, 0),
            held.get(ready.rule.id, 0),
            _always_applies(ready),
            len(find_thresholds(ready.rule)),
        )
        for ready in policy.compiled_rules
    ]


def _always_applies(ready: CompiledRule) -> bool:
    return ready.condition is None and not ready.roles and not ready.rule.agents
