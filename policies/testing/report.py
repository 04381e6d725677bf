"""The report says what the cases of packs show: which of them fail, and what none of them covers."""

from dataclasses import dataclass
from typing import Any

from ..rules.policy_set import PolicySet
from .boundaries import Boundary, find_boundaries
from .cases import CaseResult, run_cases
from .coverage import RuleCoverage, ToolSpecs, build_situations, measure_coverage


@dataclass(frozen=True, slots=True)
class PackReport:
    """What the cases of packs show."""

    revision: str
    packs: tuple[str, ...]
    results: tuple[CaseResult, ...]
    rules: tuple[RuleCoverage, ...]
    boundaries: tuple[Boundary, ...]

    @property
    def failures(self) -> tuple[CaseResult, ...]:
        """The cases in which policy does not say what its owners meant."""
        return tuple(result for result in self.results if not result.passed)

    @property
    def gaps(self) -> list[str]:
        """What no case shows, one line each."""
        found = [f"{item.pack}: {item.rule} {gap} in any case" for item in self.rules for gap in item.gaps]
        found += [
            f"{item.pack}: {item.threshold.rule}: {item.threshold.words}: {item.gap}"
            for item in self.boundaries
            if item.gap
        ]
        return found + [f"{pack} has no test cases" for pack in self.packs if not self.count_cases(pack)]

    def count_passed(self, pack: str) -> int:
        """How many cases of a pack pass."""
        return sum(result.passed for result in self.results if result.pack == pack)

    def count_cases(self, pack: str) -> int:
        """How many cases a pack has that count."""
        return sum(result.pack == pack for result in self.results)

    def record(self) -> dict[str, Any]:
        """The report as plain JSON data."""
        return {
            "revision": self.revision,
            "cases": len(self.results),
            "failed": [
                {"pack": item.pack, "case": item.case.name, "problems": list(item.problems)} for item in self.failures
            ],
            "rules": [
                {
                    "rule": item.rule,
                    "pack": item.pack,
                    "effect": item.effect,
                    "fired": item.fired,
                    "held_back": item.held_back,
                    "gaps": list(item.gaps),
                }
                for item in self.rules
            ],
            "boundaries": [item.record() for item in self.boundaries],
            "gaps": self.gaps,
        }


def try_packs(policy: PolicySet, tools: ToolSpecs | None = None) -> PackReport:
    """Runs all cases, and finds out what they show of every rule and number.

    Args:
        tools: what rules may see of each registered tool; without it, a case's own ``effect`` and ``critical`` count.

    Raises:
        PolicyError: a case cannot be used.
    """
    seen = build_situations(policy, tools)
    return PackReport(
        policy.revision,
        tuple(pack.pack for pack in policy.packs),
        tuple(run_cases(policy, tools)),
        tuple(measure_coverage(policy, seen)),
        tuple(find_boundaries(policy, seen, tools)),
    )
