"""Witnesses are calls worth deciding under two sets of packs: their cases, and what the differing rules suggest."""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from ..domain.canonical import canonicalize
from ..rules.pack import PackCase
from ..rules.policy_set import CompiledRule, PolicySet
from ..rules.rule import Rule
from ..rules.vocabulary import normalize_work_name
from ..testing.boundaries import vary_case
from ..testing.coverage import Situation, ToolSpecs, build_situations
from ..testing.thresholds import Threshold, find_thresholds

_MOST = 50_000


def generate_calls(before: PolicySet, after: PolicySet, tools: ToolSpecs | None = None) -> Iterator[PackCase]:
    """Each call once, at most 50,000.

    Raises:
        PolicyError: a case cannot be used.
    """
    seen: set[str] = set()
    for case in _generate_all(before, after, tools):
        fields = {"expect", "rules", "seats", "name", "like", "overrides"}
        key = canonicalize(case.model_dump(mode="json", exclude=fields))
        if key not in seen:
            seen.add(key)
            yield case
        if len(seen) >= _MOST:
            return


def _generate_all(before: PolicySet, after: PolicySet, tools: ToolSpecs | None) -> Iterator[PackCase]:
    known = [(policy, build_situations(policy, tools)) for policy in (before, after)]
    both = [item for _, items in known for item in items]
    for item in both:
        yield item.case
    changed = _changed_rules(before, after)
    for policy in (before, after):
        for ready in policy.compiled_rules:
            yield from _generate_around(policy, ready, both)
    for old, new in changed:
        yield from _generate_for_others(old, new, both)


def _changed_rules(before: PolicySet, after: PolicySet) -> list[tuple[Rule | None, Rule | None]]:
    ids = {rule.id for policy in (before, after) for rule in policy.rules}
    pairs = [(before.rule(rule_id), after.rule(rule_id)) for rule_id in sorted(ids)]
    return [(old, new) for old, new in pairs if old != new]


def _generate_around(policy: PolicySet, ready: CompiledRule, known: Iterable[Situation]) -> Iterator[PackCase]:
    """The edges of every number of a rule, over every case that reaches the rule."""
    numbers = [item for item in find_thresholds(ready.rule) if item.path]
    if not numbers:
        return
    for item in known:
        if not _reaches(policy, ready, item):
            continue
        for threshold in numbers:
            yield from _edges(item.case, threshold)


def _edges(base: PackCase, threshold: Threshold) -> Iterator[PackCase]:
    for value in (threshold.value - 1, threshold.value, threshold.value + 1):
        case = vary_case(base, threshold, value)
        if case is not None:
            yield case


def _generate_for_others(old: Rule | None, new: Rule | None, known: Iterable[Situation]) -> Iterator[PackCase]:
    """The calls that a rule speaks of, with the roles, agents and tools that it gained or lost."""
    rule = new or old
    if rule is None:
        return
    roles = _find_differing(old, new, "roles")
    agents = [agent for agent in _find_differing(old, new, "agents") if "*" not in agent]
    tools = [tool for tool in _find_differing(old, new, "tools") if "*" not in tool]
    patterns = {pattern for item in (old, new) if item for pattern in item.matched_patterns}
    for item in known:
        case = item.case
        if case.stage is not rule.stage or not _matches(patterns, case.tool or case.subject):
            continue
        for role in roles:
            who = case.principal.model_copy(update={"roles": (role,)})
            yield case.model_copy(update={"principal": who, "name": f"{case.name}, by a {role}"})
        for agent in agents:
            yield case.model_copy(update={"agent": agent, "name": f"{case.name}, through {agent}"})
        for tool in tools:
            yield case.model_copy(update={"tool": tool, "name": f"{case.name}, as {tool}"})


def _find_differing(old: Rule | None, new: Rule | None, name: str) -> list[str]:
    first = set(getattr(old, name)) if old else set()
    last = set(getattr(new, name)) if new else set()
    if name == "roles" and (not first or not last):  # everybody
        return sorted(first | last | {"nobody"})
    return sorted(first ^ last)


def _matches(patterns: Iterable[str], subject: str) -> bool:
    return any(fnmatchcase(normalize_work_name(subject), pattern) for pattern in patterns)


def _reaches(policy: PolicySet, ready: CompiledRule, item: Situation) -> bool:
    if item.case.stage is not ready.rule.stage or ready not in policy.rules_about(item.proposal.tool, item.case.stage):
        return False
    return ready.speaks_of(item.proposal.agent, frozenset(item.case.principal.roles))
