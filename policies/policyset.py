"""Packs made ready to decide: conditions compiled, rules indexed by tool, one revision for the whole."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase, translate
from typing import Any

from .canonical import digest
from .errors import PolicyError
from .expressions import Expression, compile_expression
from .rules import Pack, Rule, Stage

FALLBACK_REVIEWER = "controller"
_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Ready:
    """A rule ready to be asked; ``condition`` is ``None`` when it always holds."""

    rule: Rule
    pack: str
    condition: Expression | None
    roles: frozenset[str]

    def speaks_of(self, agent: str, roles: frozenset[str]) -> bool:
        """Whether the rule is about this agent and a principal with these roles."""
        if self.roles and self.roles.isdisjoint(roles):
            return False
        agents = self.rule.agents
        return not agents or any(fnmatchcase(agent, pattern) for pattern in agents)


@dataclass(frozen=True)
class PolicySet:
    """All packs in force. Made by :func:`assemble` or :func:`.loading.load_packs`.

    Attributes:
        packs: sorted by name.
        revision: short digest over the contents of all packs and the settings below.
        fallback_reviewer: the role that reviews when neither a rule nor a pack names one.
    """

    packs: tuple[Pack, ...]
    revision: str
    fallback_reviewer: str = FALLBACK_REVIEWER
    _rules: Mapping[str, Ready] = field(default_factory=dict, repr=False)
    _exact: Mapping[str, tuple[Ready, ...]] = field(default_factory=dict, repr=False)
    _globs: tuple[tuple[re.Pattern[str], Ready], ...] = field(default=(), repr=False)
    _memo: dict[str, tuple[Ready, ...]] = field(default_factory=dict, repr=False)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule, sorted by id."""
        return tuple(ready.rule for ready in self._rules.values())

    def rule(self, rule_id: str) -> Rule | None:
        """The rule with this id, or ``None``."""
        found = self._rules.get(rule_id)
        return found.rule if found else None

    def condition(self, rule_id: str) -> Expression | None:
        """The compiled condition of a rule; ``None`` when it always holds or there is no such rule."""
        found = self._rules.get(rule_id)
        return found.condition if found else None

    def about(self, tool: str) -> tuple[Ready, ...]:
        """The rules that speak of a tool, sorted by id, whatever the number of packs."""
        found = self._memo.get(tool)
        if found is None:
            globbed = tuple(ready for pattern, ready in self._globs if pattern.match(tool))
            merged = {ready.rule.id: ready for ready in self._exact.get(tool, ()) + globbed}
            found = tuple(merged[rule_id] for rule_id in sorted(merged))
            if len(self._memo) >= _REMEMBERED:
                self._memo.clear()
            self._memo[tool] = found
        return found

    def guardian(self, tool: str, owner: str) -> str:
        """The role that reviews a call of this tool when no rule says who: of the owner's pack, else a rule's pack."""
        named = {pack.pack: pack.guardian for pack in self.packs if pack.guardian}
        if owner in named:
            return named[owner]
        packs = sorted({ready.pack for ready in self.about(tool)} & named.keys())
        return named[packs[0]] if packs else self.fallback_reviewer


def assemble(packs: Iterable[Pack], *, fallback_reviewer: str = FALLBACK_REVIEWER) -> PolicySet:
    """Makes packs ready to decide; their order does not matter.

    Raises:
        PolicyError: two packs or rules share a name, or a condition cannot be compiled.
    """
    ordered = tuple(sorted(packs, key=lambda pack: pack.pack))
    ready: dict[str, Ready] = {}
    names: set[str] = set()
    for pack in ordered:
        if pack.pack in names:
            raise PolicyError(f"Two packs are called {pack.pack!r}; rename one.")
        names.add(pack.pack)
        for rule in pack.rules:
            if rule.id in ready:
                raise PolicyError(
                    f"The rule id {rule.id} is in two packs, {ready[rule.id].pack} and {pack.pack}; rename one."
                )
            ready[rule.id] = Ready(rule, pack.pack, condition_of(rule), frozenset(rule.roles))
    ready = dict(sorted(ready.items()))
    exact: dict[str, tuple[Ready, ...]] = {}
    globs: list[tuple[re.Pattern[str], Ready]] = []
    for item in ready.values():
        if item.rule.stage is not Stage.TOOL:
            continue
        for pattern in dict.fromkeys(item.rule.tools):
            if "*" in pattern:
                globs.append((re.compile(translate(pattern)), item))
            else:
                exact[pattern] = (*exact.get(pattern, ()), item)
    return PolicySet(ordered, _revision(ordered, fallback_reviewer), fallback_reviewer, ready, exact, tuple(globs))


def condition_of(rule: Rule) -> Expression | None:
    """The compiled condition of a rule; ``None`` for one that always holds.

    Raises:
        ExpressionError: it cannot be compiled.
    """
    return None if rule.when.strip() == "true" else compile_expression(rule.when)


def _revision(packs: tuple[Pack, ...], fallback_reviewer: str) -> str:
    content: dict[str, Any] = {
        "packs": [pack.model_dump(mode="json") for pack in packs],
        "fallback_reviewer": fallback_reviewer,
    }
    return digest(content)[:12]
