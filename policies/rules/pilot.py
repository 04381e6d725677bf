"""A pilot spares one person's small acts a countersignature, up to a limit and an end date, and says so.

Whoever tries Countersign alone has nobody to countersign, and nobody countersigns himself. A pilot pack therefore
*allows* what other packs put to review: its rules name the rules whose review they lift, the person, and how much::

    pack: pilot
    pilot: {until: 2027-01-31}
    extends: [support]
    history:
      pilot_refunds: {tools: [refunds.issue], same: user, within: day, sum: args.amount_minor}
    rules:
      - id: pilot.refunds
        tools: [refunds.issue]
        when: principal.user_id == "ana.sousa" && args.amount_minor + history.pilot_refunds <= 25000
        effect: allow
        lifts: [support.refund.medium]

Where such a rule applies, the rules that it lifts do not; everywhere else they are as their owner wrote them. It
applies only where one of them would, and only until the end of the last day. Denials and the engine's own rules
(untrusted text, unplanned writes) are never lifted. Pure.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from ..errors import PolicyError
from .inheritance import find_extended_packs, suggest_name
from .pack import PILOT_PREFIX, Pack, PilotTerms
from .rule import Rule, RuleEffect

PILOT_NOTE = "pilot: not countersigned"
"""What a receipt says of an act that a pilot allowed."""


def is_allowed_by_pilot(rules: Iterable[str]) -> bool:
    """Whether a rule of a pilot is among those that determined a decision."""
    return any(rule.startswith(PILOT_PREFIX) for rule in rules)


def apply_pilots(in_force: Mapping[str, tuple[Rule, str]], packs: Iterable[Pack]) -> dict[str, tuple[Rule, str]]:
    """The rules in force with what pilots lift, each with the name of its pack.

    Args:
        in_force: by id, from :func:`.inheritance.find_rules_in_force`.

    Raises:
        PolicyError: a pilot lifts a rule that does not exist, is final, asks for no review, speaks of another tool, or
            is of a pack that the pilot's does not extend.
    """
    by_name = {pack.pack: pack for pack in packs}
    rules = dict(in_force)
    for name in sorted(by_name):
        terms = by_name[name].pilot
        for rule in by_name[name].every_rule if terms else ():
            if terms is None or rule.id not in rules or rule.effect is not RuleEffect.ALLOW:
                continue
            within = f"({rule.condition}) && {_write_end(terms)}"
            lifted = [_check_lifted(rule, wanted, by_name[name], by_name, rules) for wanted in rule.lifts]
            would_wait = " || ".join(f"({other.condition})" for other in lifted)
            rules[rule.id] = (_with_condition(rule, f"{within} && ({would_wait})" if lifted else within), name)
            for other in lifted:
                rules[other.id] = (_with_condition(other, f"({other.condition}) && !({within})"), rules[other.id][1])
    return rules


def _write_end(terms: PilotTerms) -> str:
    return f'now < timestamp("{terms.until + timedelta(days=1)}T00:00:00Z")'


def _with_condition(rule: Rule, condition: str) -> Rule:
    return rule.model_copy(update={"when": condition})


def _check_lifted(
    rule: Rule, wanted: str, pack: Pack, by_name: Mapping[str, Pack], rules: Mapping[str, tuple[Rule, str]]
) -> Rule:
    below = find_extended_packs(pack, by_name)
    if wanted not in rules:
        known = [rule_id for rule_id, (_, name) in rules.items() if name in below]
        raise PolicyError(f"The rule {rule.id} lifts {wanted!r}, which is not in force{suggest_name(wanted, known)}.")
    other, name = rules[wanted]
    if name not in below:
        raise PolicyError(
            f"The rule {rule.id} lifts {wanted} of the pack {name}; add {name} to extends of {pack.pack}."
        )
    if other.final:
        raise PolicyError(f"The rule {wanted} is final; {rule.id} cannot lift it. Ask its owner, {other.owner}.")
    if other.effect is not RuleEffect.REVIEW:
        raise PolicyError(f"The rule {rule.id} lifts {wanted}, which asks for no review; name one that does.")
    if other.stage is not rule.stage or not set(rule.patterns) <= set(other.patterns):
        raise PolicyError(
            f"The rule {rule.id} speaks of {', '.join(rule.patterns)}, but {wanted}, which it lifts, of "
            f"{', '.join(other.patterns)}; a pilot lifts the review of the tools that it names."
        )
    for what in ("roles", "agents"):
        own, others = set(getattr(rule, what)), set(getattr(other, what))
        if others and not (own and own <= others):
            raise PolicyError(
                f"The rule {rule.id} lifts {wanted}, which speaks of the {what} {', '.join(sorted(others))} alone; "
                f"write `{what}:` with some of these."
            )
    return other
