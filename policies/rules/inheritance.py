"""Packs can build on others; this module says which rules are in force when some replace others by name. Pure."""

from collections.abc import Iterable, Mapping

from rapidfuzz import process

from ..errors import PolicyError
from .pack import Pack
from .rule import Rule


def find_rules_in_force(packs: Iterable[Pack]) -> dict[str, tuple[Rule, str]]:
    """Each rule in force by id, with the name of its pack.

    A rule with ``overrides`` takes the place of that rule of a pack that its own pack extends. Nothing is replaced by
    having the same name, and a rule that is ``final`` is not replaced at all.

    Raises:
        PolicyError: two packs or rules share a name, or something that is extended or overridden cannot be.
    """
    by_name: dict[str, Pack] = {}
    rules: dict[str, tuple[Rule, str]] = {}
    for pack in packs:
        if pack.pack in by_name:
            raise PolicyError(f"Two packs are called {pack.pack!r}; rename one.")
        by_name[pack.pack] = pack
        for rule in pack.every_rule:
            if rule.id in rules:
                raise PolicyError(
                    f"The rule id {rule.id} is in two packs, {rules[rule.id][1]} and {pack.pack}; rename one."
                )
            rules[rule.id] = (rule, pack.pack)
    for pack in by_name.values():
        find_extended_packs(pack, by_name)
    replaced: dict[str, str] = {}
    for rule, name in list(rules.values()):
        if rule.overrides is None:
            continue
        _check(rule, by_name[name], by_name, rules)
        if rule.overrides in replaced:
            raise PolicyError(
                f"The rules {replaced[rule.overrides]} and {rule.id} both override {rule.overrides}; keep one."
            )
        replaced[rule.overrides] = rule.id
    return {rule_id: rules[rule_id] for rule_id in sorted(rules.keys() - replaced.keys())}


def find_replaced_cases(packs: Iterable[Pack]) -> set[tuple[str, str]]:
    """Pack and name of each case that a case of a pack that builds on it takes the place of.

    Raises:
        PolicyError: a case overrides one that no pack below it has.
    """
    by_name = {pack.pack: pack for pack in packs}
    found = set()
    for pack in by_name.values():
        below = find_extended_packs(pack, by_name)
        known = {case.name: name for name in sorted(below) for case in by_name[name].cases}
        for case in pack.cases:
            if case.overrides and case.overrides not in known:
                raise PolicyError(
                    f"The case {case.name!r} of {pack.pack} overrides {case.overrides!r}, which is no case of a pack "
                    f"that it extends{suggest_name(case.overrides, known)}."
                )
            if case.overrides:
                found.add((known[case.overrides], case.overrides))
    return found


def find_extended_packs(pack: Pack, by_name: Mapping[str, Pack]) -> set[str]:
    """The names of all packs that a pack builds on, also by way of others.

    Raises:
        PolicyError: one of them is not there, or a pack builds on itself.
    """
    found: set[str] = set()
    ahead = list(pack.extends)
    while ahead:
        name = ahead.pop()
        if name == pack.pack:
            raise PolicyError(f"The pack {pack.pack} extends itself; remove it from extends.")
        if name not in by_name:
            raise PolicyError(
                f"The pack {pack.pack} extends {name!r}, which is not loaded{suggest_name(name, by_name)}; load it too."
            )
        if name not in found:
            found.add(name)
            ahead += by_name[name].extends
    return found


def _check(rule: Rule, pack: Pack, by_name: Mapping[str, Pack], rules: Mapping[str, tuple[Rule, str]]) -> None:
    wanted = rule.overrides or ""
    below = find_extended_packs(pack, by_name)
    found = rules.get(wanted)
    if found is None:
        known = [rule_id for rule_id, (_, name) in rules.items() if name in below]
        raise PolicyError(
            f"The rule {rule.id} overrides {wanted!r}, which does not exist{suggest_name(wanted, known)}."
        )
    if found[1] not in below:
        raise PolicyError(
            f"The rule {rule.id} overrides {wanted} of the pack {found[1]}; add {found[1]} to extends of {pack.pack}."
        )
    if found[0].final:
        raise PolicyError(f"The rule {wanted} is final; {rule.id} cannot override it. Ask its owner, {found[0].owner}.")


def suggest_name(word: str, known: Iterable[str]) -> str:
    """The known name that a wrong one most resembles, as the end of a sentence; empty when none does."""
    close = process.extractOne(word, list(known), score_cutoff=60)
    return f"; did you mean {close[0]!r}?" if close else ""
