"""This module finds what no rule speaks of: tools, handbook sections, and thresholds that nobody answers for."""

from collections.abc import Collection, Iterator, Mapping

from ..domain.stage import Stage
from ..domain.suggestions import suggest_word
from ..rules.policy_set import PolicySet
from ..rules.rule import RuleEffect
from .findings import PackFinding, make_error, make_note, make_warning
from .normal_form import collect_atoms, parse_condition
from .shapes import ToolShape

THRESHOLD_TAG = "threshold:"
_ORDERS = ("<", "<=", ">", ">=")
_NATURAL = (0, 1)


def find_uncovered_tools(policy: PolicySet, tools: Mapping[str, ToolShape], *, whole: bool) -> Iterator[PackFinding]:
    """Tools that no rule allows to anybody, so that nobody can ever use them.

    Args:
        whole: whether these are all packs; otherwise only tools that belong to one of them are looked at.
    """
    packs = {pack.pack for pack in policy.packs}
    for name, shape in sorted(tools.items()):
        effects = {ready.rule.effect for ready in policy.rules_about(name)}
        if not effects & {RuleEffect.ALLOW, RuleEffect.REVIEW} and (whole or shape.owner in packs):
            what = "Only denials speak" if RuleEffect.DENY in effects else "No rule speaks"
            yield make_warning("uncovered-tool", f"tool {name}", f"{what} of it, so nobody can use it.")


def find_unowned_thresholds(policy: PolicySet) -> Iterator[PackFinding]:
    """Limits in conditions whose rule does not say whose they are."""
    for rule in policy.rules:
        found = parse_condition(rule.when)
        if rule.stage is not Stage.TOOL or found is None or any(tag.startswith(THRESHOLD_TAG) for tag in rule.tags):
            continue
        limits = sorted(
            {
                f"{atom.path} {value}"
                for atom in collect_atoms(found)
                if atom.op in _ORDERS
                for value in atom.values
                if isinstance(value, int) and abs(value) not in _NATURAL
            }
        )
        if limits:
            message = (
                f"It has limits ({', '.join(limits)}) but no tag that says whose they are, such as "
                f"{THRESHOLD_TAG}finance."
            )
            yield make_warning("unowned-threshold", f"rule {rule.id}", message)


def check_sections(policy: PolicySet, known: Collection[str], *, whole: bool) -> Iterator[PackFinding]:
    """Sections that rules, limits and budgets cite and no handbook has, and sections that none of them cites.

    Args:
        known: ids such as ``"support-handbook#3.2"``; nothing is said when it is empty.
        whole: whether these are all packs; otherwise only handbooks that one of them cites are looked at.
    """
    if not known:
        return
    spoken = [(rule.source, f"rule {rule.id}") for rule in policy.rules]
    spoken += [(limit.source, f"limit {limit.id}") for limit in policy.limits.values()]
    spoken += [(budget.source, f"budget {budget.id}") for pack in policy.packs for budget in pack.budgets]
    cited = {section for section, _ in spoken}
    spoken += [(section, f"pack {pack.pack}") for pack in policy.packs for section in pack.guidance]
    governance = {_get_handbook(section) for section in known}
    for handbook in sorted({_get_handbook(section) for section, _ in spoken} - governance):
        yield make_note(
            "unknown-handbook", f"handbook {handbook}", "It is not here, so nobody can look up what is cited."
        )
    for section, where in spoken:
        if section not in known and _get_handbook(section) in governance:
            yield make_error(
                "unknown-section", where, f"No handbook has the section {section}.{suggest_word(section, known)}"
            )
    guidance = {section: pack.pack for pack in policy.packs for section in pack.guidance}
    for section in sorted(guidance.keys() & cited):
        message = f"It calls {section} guidance, but a rule cites it; remove it from guidance."
        yield make_warning("guidance", f"pack {guidance[section]}", message)
    read = {_get_handbook(section) for section in cited}
    for section in sorted(set(known) - cited - guidance.keys()):
        if whole or _get_handbook(section) in read:
            message = "No rule cites it. Write one, or list it under `guidance:` of a pack when it is for people alone."
            yield make_warning("uncovered-section", f"section {section}", message)


def _get_handbook(section: str) -> str:
    return section.partition("#")[0]
