"""A policy set is packs made ready to decide: conditions compiled, rules indexed by tool, one revision for all."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase, translate
from functools import cached_property
from typing import Any

from ..domain.canonical import compute_digest
from ..domain.stage import Stage
from ..filters.masking_rules import Masking, merge_filters
from .expressions import Expression, compile_expression
from .history import History, merge_histories
from .inheritance import find_rules_in_force
from .model_scores import check_learned_rule, find_scores_read
from .pack import Pack
from .pilot import apply_pilots
from .rate_limit import RateLimit
from .rule import Rule
from .vocabulary import normalize_work_name

FALLBACK_REVIEWER = "controller"
SHORT_REVISION = 12
_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule ready to be asked; ``condition`` is ``None`` when it always holds, ``agents`` empty for any agent."""

    rule: Rule
    pack: str
    condition: Expression | None
    roles: frozenset[str]
    agents: tuple[str, ...] = ()

    def speaks_of(self, agent: str, roles: frozenset[str]) -> bool:
        """Whether the rule is about this agent and a principal with these roles."""
        if self.roles and self.roles.isdisjoint(roles):
            return False
        if not self.agents:
            return True
        name = normalize_work_name(agent)
        return any(fnmatchcase(name, pattern) for pattern in self.agents)


@dataclass(frozen=True)
class PolicySet:
    """All packs in force. Made by :func:`assemble_policy_set` or :func:`.loader.load_packs`.

    Attributes:
        packs: sorted by name, also with rules that others override.
        revision: short digest over the contents of all packs and the settings below.
        fallback_reviewer: the role that reviews when neither a rule nor a pack names one.
        masking: what all packs say about values that must be kept from models and records.
    """

    packs: tuple[Pack, ...]
    revision: str
    fallback_reviewer: str = FALLBACK_REVIEWER
    masking: Masking = field(default_factory=Masking)
    _rules: Mapping[str, CompiledRule] = field(default_factory=dict, repr=False)
    _exact: Mapping[tuple[str, Stage], tuple[CompiledRule, ...]] = field(default_factory=dict, repr=False)
    _globs: tuple[tuple[re.Pattern[str], CompiledRule], ...] = field(default=(), repr=False)
    _read: dict[str, frozenset[str]] = field(default_factory=dict, repr=False)
    _memo: dict[tuple[str, Stage], tuple[CompiledRule, ...]] = field(default_factory=dict, repr=False)

    @cached_property
    def stages(self) -> frozenset[Stage]:
        """The stages at which some rule speaks."""
        return frozenset(ready.rule.stage for ready in self._rules.values())

    @cached_property
    def histories(self) -> dict[str, History]:
        """What rules may ask of the past, by name."""
        return merge_histories((pack.pack, pack.history) for pack in self.packs)

    def histories_about(self, tool: str) -> tuple[str, ...]:
        """The names of the histories that rules about a tool read."""
        read = self.fields_read_about(tool)
        return tuple(name for name in sorted(self.histories) if f"history.{name}" in read)

    def fields_read_about(self, tool: str) -> frozenset[str]:
        """The fields that the conditions of rules about a tool read, such as ``args.amount_minor``."""
        found = self._read.get(tool)
        if found is None:
            conditions = [ready.condition for ready in self.rules_about(tool) if ready.condition]
            found = frozenset(path for condition in conditions for path in condition.paths)
            if len(self._read) >= _REMEMBERED:
                self._read.clear()
            self._read[tool] = found
        return found

    @cached_property
    def learned_rules(self) -> frozenset[str]:
        """The ids of the rules that read the score of a trained model; they never allow anything by themselves."""
        return frozenset(ready.rule.id for ready in self._rules.values() if find_scores_read(ready.condition))

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule in force, sorted by id."""
        return tuple(ready.rule for ready in self._rules.values())

    @property
    def compiled_rules(self) -> tuple[CompiledRule, ...]:
        """Every rule in force with its pack and compiled condition, sorted by id."""
        return tuple(self._rules.values())

    def rule(self, rule_id: str) -> Rule | None:
        """The rule with this id, or ``None``."""
        found = self._rules.get(rule_id)
        return found.rule if found else None

    @cached_property
    def limits(self) -> Mapping[str, RateLimit]:
        """The rate limits of all packs by id."""
        return {limit.id: limit for pack in self.packs for limit in pack.limits}

    def condition(self, rule_id: str) -> Expression | None:
        """The compiled condition of a rule; ``None`` when it always holds or there is no such rule."""
        found = self._rules.get(rule_id)
        return found.condition if found else None

    def rules_about(self, subject: str, stage: Stage = Stage.TOOL) -> tuple[CompiledRule, ...]:
        """The rules that speak of a tool, or at another stage of a subject, sorted by id; fast with any number."""
        found = self._memo.get((subject, stage))
        if found is None:
            globbed = tuple(
                ready for pattern, ready in self._globs if ready.rule.stage is stage and pattern.match(subject)
            )
            merged = {ready.rule.id: ready for ready in self._exact.get((subject, stage), ()) + globbed}
            found = tuple(merged[rule_id] for rule_id in sorted(merged))
            if len(self._memo) >= _REMEMBERED:
                self._memo.clear()
            self._memo[subject, stage] = found
        return found

    def with_rule(self, changed: CompiledRule) -> "PolicySet":
        """The same with one rule in another form, for asking whether anybody would notice; keep no decision of it."""
        return self._with_rules({changed.rule.id: changed})

    def without_reasons(self) -> "PolicySet":
        """The same without reasons, for outcomes alone: filling the reasons is half of a decision's time."""
        bare = {item.rule.id: item.rule.model_copy(update={"reason": item.rule.id}) for item in self._rules.values()}
        return self._with_rules({item.rule.id: replace(item, rule=bare[item.rule.id]) for item in self._rules.values()})

    def _with_rules(self, changed: Mapping[str, CompiledRule]) -> "PolicySet":
        def swap(items: Iterable[CompiledRule]) -> tuple[CompiledRule, ...]:
            return tuple(changed.get(item.rule.id, item) for item in items)

        return replace(
            self,
            _rules={item.rule.id: item for item in swap(self._rules.values())},
            _exact={key: swap(items) for key, items in self._exact.items()},
            _globs=tuple((pattern, swap([item])[0]) for pattern, item in self._globs),
            _memo={},
        )

    def guardian(self, tool: str, owner: str) -> str:
        """The role that reviews a call of this tool when no rule says who: of the owner's pack, else a rule's pack."""
        named = {pack.pack: pack.guardian for pack in self.packs if pack.guardian}
        if owner in named:
            return named[owner]
        packs = sorted({ready.pack for ready in self.rules_about(tool)} & named.keys())
        return named[packs[0]] if packs else self.fallback_reviewer


def assemble_policy_set(packs: Iterable[Pack], *, fallback_reviewer: str = FALLBACK_REVIEWER) -> PolicySet:
    """Makes packs ready to decide; their order does not matter.

    Raises:
        PolicyError: two packs or rules share a name, something is extended or overridden that cannot be, or a
            condition cannot be compiled.
    """
    ordered = tuple(sorted(packs, key=lambda pack: pack.pack))
    ready = {
        rule_id: CompiledRule(rule, pack, compile_condition(rule), frozenset(rule.roles), rule.matched_agents)
        for rule_id, (rule, pack) in apply_pilots(find_rules_in_force(ordered), ordered).items()
    }
    exact: dict[tuple[str, Stage], tuple[CompiledRule, ...]] = {}
    globs: list[tuple[re.Pattern[str], CompiledRule]] = []
    for item in ready.values():
        for pattern in dict.fromkeys(item.rule.matched_patterns):
            if "*" in pattern:
                globs.append((re.compile(translate(pattern)), item))
            else:
                key = (pattern, item.rule.stage)
                exact[key] = (*exact.get(key, ()), item)
    masking = merge_filters(pack.filters for pack in ordered)
    revision = compute_digest(dump_packs(ordered, fallback_reviewer))[:SHORT_REVISION]
    merge_histories((pack.pack, pack.history) for pack in ordered)
    return PolicySet(ordered, revision, fallback_reviewer, masking, ready, exact, tuple(globs))


def compile_condition(rule: Rule) -> Expression | None:
    """The compiled condition of a rule; ``None`` for one that always holds.

    Raises:
        ExpressionError: it cannot be compiled, or would loosen policy by what a trained model says.
    """
    if rule.when.strip() == "true":
        return None
    compiled = compile_expression(rule.condition)
    check_learned_rule(rule, compiled)
    return compiled


def dump_packs(packs: Iterable[Pack], fallback_reviewer: str) -> dict[str, Any]:
    """All that a set of packs says, as plain data.

    What is left at its default is left out, so that a field that a later version adds changes no revision.
    """
    return {
        "packs": [_dump_pack(pack) for pack in packs],
        "fallback_reviewer": fallback_reviewer,
    }


def _dump_pack(pack: Pack) -> dict[str, Any]:
    found = pack.model_dump(mode="json", exclude_defaults=True, exclude={"cases"})
    if pack.cases:
        # A case that says `roles: []` over another means it, although that is the default.
        found["cases"] = [case.model_dump(mode="json", exclude_unset=True) for case in pack.cases]
    return found
