"""This module makes cases around every number in a condition: one less, the number itself, one more.

Off by one is the commonest fault of a limit. For each number it is also found out whether the pack's own cases would
notice if it were one less or one more (after mutation testing: DeMillo, Lipton and Sayward, "Hints on Test Data
Selection", Computer 11(4), 1978).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..domain.decision import Decision
from ..domain.templates import look_up_field
from ..engine.engine import decide, evaluate_rule
from ..rules.expressions import ExpressionError
from ..rules.pack import PackCase
from ..rules.policy_set import CompiledRule, PolicySet, compile_condition
from .cases import CASE_TIME, build_situation, run_case
from .coverage import Situation, ToolSpecs
from .thresholds import Threshold, find_thresholds, move_threshold, place_value

_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class BoundaryCase:
    """A generated call and what policy says of it.

    Attributes:
        case: a pack's case with another value at the threshold's path; ``expect`` is that of the pack's case.
        applies: whether the rule applies; ``None`` when it cannot be evaluated.
    """

    case: PackCase
    value: int
    applies: bool | None
    decision: Decision

    @property
    def outcome(self) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
        """Verdict, rules and seats."""
        return str(self.decision.verdict), self.decision.rules, self.decision.obligations.seats


@dataclass(frozen=True, slots=True)
class Boundary:
    """One number of one rule.

    Attributes:
        base: the name of the case that the generated ones lie over; empty when none reaches the rule.
        cases: one less, the number, one more; empty when none can be generated.
        unnoticed: the values that the number could be changed to without any case of the packs failing, although policy
            would then say something else of a generated case.
        backed: the values it could be changed to without any change, because other rules decide there too.
    """

    threshold: Threshold
    pack: str
    base: str
    cases: tuple[BoundaryCase, ...]
    unnoticed: tuple[int, ...]
    backed: tuple[int, ...]

    @property
    def is_pinned(self) -> bool:
        """Whether the packs' own cases pin the number."""
        return not self.unnoticed

    @property
    def gap(self) -> str:
        """What is wrong with the tests of this number, in words; empty when nothing is."""
        if self.is_pinned:
            return ""
        return f"no case would notice if it were {' or '.join(str(value) for value in self.unnoticed)}"

    def record(self) -> dict[str, Any]:
        """The boundary as plain JSON data."""
        return {
            "rule": self.threshold.rule,
            "pack": self.pack,
            "number": self.threshold.words,
            "base": self.base,
            "told_apart": self.is_pinned,
            "unnoticed": list(self.unnoticed),
            "backed": list(self.backed),
            "cases": [
                {
                    "value": case.value,
                    "applies": case.applies,
                    "verdict": case.outcome[0],
                    "rules": list(case.outcome[1]),
                    "seats": list(case.outcome[2]),
                }
                for case in self.cases
            ],
        }


def find_boundaries(policy: PolicySet, seen: Sequence[Situation], tools: ToolSpecs | None = None) -> list[Boundary]:
    """The numbers of all rules in force, sorted by rule.

    Args:
        seen: from :func:`.coverage.build_situations`.
    """
    return [
        _boundary(policy, ready, threshold, _find_situations(policy, ready, seen), tools)
        for ready in policy.compiled_rules
        for threshold in find_thresholds(ready.rule)
    ]


def _find_situations(policy: PolicySet, ready: CompiledRule, seen: Iterable[Situation]) -> list[Situation]:
    rule = ready.rule
    return [
        item
        for item in seen
        if item.case.stage is rule.stage and ready in policy.rules_about(item.proposal.tool, item.case.stage)
    ]


def _boundary(
    policy: PolicySet, ready: CompiledRule, threshold: Threshold, about: Sequence[Situation], tools: ToolSpecs | None
) -> Boundary:
    best: tuple[tuple[int, int], str, tuple[BoundaryCase, ...]] = ((-1, -1), "", ())
    for item in about if threshold.path else ():
        roles = item.facts.principal.roles if item.facts.principal else frozenset()
        if not ready.speaks_of(item.proposal.agent, roles):
            continue
        cases = generate_cases(policy, ready, threshold, item.case, tools)
        # A case in which the number makes the difference says most.
        rank = (
            len({case.outcome for case in cases}),
            len({case.applies for case in cases if case.applies is not None}),
        )
        if cases and rank > best[0]:
            best = (rank, item.case.name, cases)
    unnoticed, backed = _find_changeable(policy, ready, threshold, about, best[2], tools)
    return Boundary(threshold, ready.pack, best[1], best[2], unnoticed, backed)


def generate_cases(
    policy: PolicySet, ready: CompiledRule, threshold: Threshold, base: PackCase, tools: ToolSpecs | None = None
) -> tuple[BoundaryCase, ...]:
    """A case with one less than the number, the number, and one more; empty when the field cannot be set."""
    found = []
    for value in (threshold.value - 1, threshold.value, threshold.value + 1):
        case = vary_case(base, threshold, value)
        if case is None:
            continue
        proposal, facts = build_situation(policy, case, tools, CASE_TIME)
        decision = decide(policy, proposal, facts, case.stage)
        found.append(BoundaryCase(case, value, evaluate_rule(ready, proposal, facts), decision))
    return tuple(found)


def vary_case(base: PackCase, threshold: Threshold, value: int) -> PackCase | None:
    """The case with a value at the threshold's path; ``None`` when the field cannot be set."""
    root, _, rest = threshold.path.partition(".")
    if root == "principal":
        if rest != "limit_minor":
            return None
        return base.model_copy(update={"principal": base.principal.model_copy(update={rest: value})})
    holder: Mapping[str, Any] = getattr(base, root)
    there = look_up_field(rest, holder)
    put: Any = _resize(there, value) if threshold.sized else value
    name = f"{base.name}, {threshold.path} {'of size ' if threshold.sized else ''}{value}"
    return None if put is None else base.model_copy(update={root: place_value(holder, rest, put), "name": name})


def _resize(there: Any, size: int) -> Any:
    if not 0 <= size <= _LONGEST:
        return None
    if isinstance(there, str):
        return (there or "x").ljust(size, "x")[:size]
    items = list(there) if isinstance(there, list | tuple) else []
    return (items + [items[-1] if items else "x"] * size)[:size]


def _find_changeable(
    policy: PolicySet,
    ready: CompiledRule,
    threshold: Threshold,
    about: Sequence[Situation],
    cases: Sequence[BoundaryCase],
    tools: ToolSpecs | None,
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The values that no case would notice, and those that would change nothing."""
    unnoticed: list[int] = []
    backed: list[int] = []
    for value in (threshold.value - 1, threshold.value + 1):
        when = move_threshold(ready.rule, threshold, value)
        try:
            rule = ready.rule.model_copy(update={"when": when})
            other = policy.with_rule(replace(ready, rule=rule, condition=compile_condition(rule)))
        except ExpressionError:
            continue
        if not all(_still_passes(other, item, tools) for item in about):
            continue
        same = bool(cases) and all(_outcome(other, case.case, tools) == case.outcome for case in cases)
        (backed if same else unnoticed).append(value)
    return tuple(unnoticed), tuple(backed)


def _still_passes(policy: PolicySet, item: Situation, tools: ToolSpecs | None) -> bool:
    return run_case(policy, item.pack, item.case, tools).passed


def _outcome(
    policy: PolicySet, case: PackCase, tools: ToolSpecs | None
) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    decision = decide(policy, *build_situation(policy, case, tools, CASE_TIME), case.stage)
    return str(decision.verdict), decision.rules, decision.obligations.seats
