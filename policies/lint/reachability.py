"""This module finds rules that never decide: no case meets them, nobody has the role, or others overrule them."""

from collections.abc import Collection, Iterator
from fnmatch import fnmatchcase

from ..domain.suggestions import suggest_word
from ..rules.policy_set import PolicySet
from ..rules.rule import Rule, RuleEffect
from .findings import PackFinding, make_error, make_warning
from .normal_form import Conjunction, conjoin_clauses, find_possible, negate_condition, parse_condition

_MOST_TOGETHER = 60
_STRENGTH = {RuleEffect.ALLOW: 0, RuleEffect.REVIEW: 1, RuleEffect.DENY: 2}


def find_unreachable(policy: PolicySet, roles: Collection[str] = ()) -> Iterator[PackFinding]:
    """Rules that can never apply.

    Args:
        roles: that somebody has; nothing is said about roles when it is empty.
    """
    for rule in policy.rules:
        where = f"rule {rule.id}"
        found = parse_condition(rule.condition)
        if found is not None and not find_possible(found):
            yield make_error(
                "never-true", where, f"Its condition contradicts itself, so it never applies: {_line(rule)}"
            )
        nobody = sorted(set(rule.roles) - set(roles)) if roles else []
        if nobody and len(nobody) == len(set(rule.roles)):
            hint = suggest_word(nobody[0], roles)
            yield make_error(
                "unknown-role", where, f"Nobody has the role {' or '.join(nobody)}, so it never applies.{hint}"
            )
        elif nobody:
            yield make_warning(
                "unknown-role", where, f"Nobody has the role {', '.join(nobody)}.{suggest_word(nobody[0], roles)}"
            )
        for signer in sorted(set(rule.reviewers + rule.escalate) - set(roles)) if roles else ():
            if not signer.startswith("{"):
                message = (
                    f"Nobody has the role {signer}, so nobody can countersign for it.{suggest_word(signer, roles)}"
                )
                yield make_error("unknown-role", where, message)


def find_unknown_signers(policy: PolicySet, roles: Collection[str]) -> Iterator[PackFinding]:
    """Packs that send reviews or their own changes to a role that nobody has, so that they wait for ever.

    Args:
        roles: that somebody has; nothing is said when it is empty.
    """
    for pack in policy.packs if roles else ():
        wanted = [pack.guardian] if pack.guardian else []
        wanted += pack.changes.reviewers if pack.changes else ()
        for role in sorted(set(wanted) - set(roles)):
            message = f"Nobody has the role {role}, so what waits for it is never signed.{suggest_word(role, roles)}"
            yield make_error("unknown-role", f"pack {pack.pack}", message)
        for role in sorted({role for shown in pack.filters.show for role in shown.roles} - set(roles)):
            message = f"It shows masked values to {role}, which nobody is.{suggest_word(role, roles)}"
            yield make_warning("unknown-role", f"pack {pack.pack}", message)


def find_overruled(policy: PolicySet, tools: Collection[str]) -> Iterator[PackFinding]:
    """Rules that always hold together with a stricter one, so that they never decide anything.

    Args:
        tools: names of all tools, for rules that speak of patterns.
    """
    spoken = {rule.id: _subjects(rule, tools) for rule in policy.rules}
    for rule in policy.rules:
        if rule.effect not in (RuleEffect.ALLOW, RuleEffect.REVIEW) or not spoken[rule.id]:
            continue
        own = parse_condition(rule.condition)
        if own is None or not find_possible(own):
            continue
        stricter = [other for other in policy.rules if _may_overrule(other, rule)]
        by: dict[str, Rule] = {}
        for subject in spoken[rule.id]:
            for other in stricter:
                if subject in spoken[other.id] and _is_implied(own, other):
                    by[subject] = other
                    break
        if by and len(by) == len(spoken[rule.id]):
            others = sorted({f"{other.id} ({other.effect})" for other in by.values()})
            message = (
                f"It {rule.effect}s nothing by itself: whenever it applies, {' or '.join(others)} applies too and is "
                "stricter. Narrow one of them, or remove it."
            )
            yield make_warning("contradictory" if _denies(by) else "shadowed", f"rule {rule.id}", message)


def _denies(by: dict[str, Rule]) -> bool:
    return any(other.effect is RuleEffect.DENY for other in by.values())


def _may_overrule(other: Rule, rule: Rule) -> bool:
    """Whether the other rule is stricter and speaks of everybody that the rule speaks of."""
    if other.stage is not rule.stage or _STRENGTH.get(other.effect, -1) <= _STRENGTH[rule.effect]:
        return False
    if other.roles and not (rule.roles and set(rule.roles) <= set(other.roles)):
        return False
    return not other.agents or bool(rule.agents and set(rule.matched_agents) <= set(other.matched_agents))


def _is_implied(own: tuple[Conjunction, ...], other: Rule) -> bool:
    """Whether the other rule's condition holds whenever one of these alternatives does."""
    opposite = negate_condition(other.condition)
    if opposite is None or len(own) * len(opposite) > _MOST_TOGETHER**2:
        return False
    both = conjoin_clauses(own, opposite)
    return both is not None and not find_possible(both)


def _subjects(rule: Rule, tools: Collection[str]) -> frozenset[str]:
    if not rule.stage.of_tools:
        return frozenset(rule.matched_patterns)
    return frozenset(name for name in tools if any(fnmatchcase(name, pattern) for pattern in rule.tools))


def _line(rule: Rule) -> str:
    return " ".join(rule.when.split())[:200]
