"""This module compares two sets of packs in meaning: each rule in words, and calls that would go otherwise."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..domain.templates import format_money
from ..engine.decision_change import (
    DecisionChange,
    DecisionOutcome,
    find_amount,
    find_decision_change,
    format_call_amount,
)
from ..engine.engine import decide
from ..rules.expressions import blank_texts
from ..rules.fields import write_deadline
from ..rules.pack import PackCase
from ..rules.policy_set import PolicySet
from ..rules.rule import Rule, RuleEffect
from ..testing.cases import CASE_TIME, build_situation
from ..testing.coverage import ToolSpecs
from ..testing.thresholds import Threshold, find_thresholds
from .settings_diff import compare_settings
from .witnesses import generate_calls

_LISTS = ("roles", "tools", "subjects", "agents", "reviewers", "escalate", "mask", "tags")
_WORDS = (
    "stage",
    "effect",
    "would",
    "retain",
    "on_expiry",
    "priority",
    "owner",
    "source",
    "version",
    "final",
    "overrides",
)
_SAID = {"expect", "rules", "seats", "retain", "like"}
_TEXTS = ("reason", "description")


@dataclass(frozen=True, slots=True)
class RuleChange:
    """What became of one rule, or of a pack's settings.

    Attributes:
        rule: its id; for a pack's settings its name.
        kind: ``added``, ``removed`` or ``changed``.
        words: what is other, one clause each.
        meaning: whether decisions can be other by it, and not texts alone.
        looser: whether more may be possible by it, whatever the calls show.
    """

    rule: str
    kind: str
    words: tuple[str, ...]
    meaning: bool = True
    looser: bool = False


@dataclass(frozen=True, slots=True)
class Witness:
    """One call that goes otherwise.

    Attributes:
        alike: how many more calls go otherwise in the same way, by the same rules.
    """

    case: PackCase
    change: DecisionChange
    before: DecisionOutcome
    after: DecisionOutcome
    alike: int = 0

    @property
    def words(self) -> str:
        """The call in one line."""
        subject = self.case.tool or self.case.subject
        who = f"{self.case.principal.user} ({', '.join(self.case.principal.roles) or 'no roles'})"
        amount = format_call_amount(find_amount(self.case.args, self.case.records))
        what = " ".join(part for part in (subject, amount, "for", who) if part)
        more = f" (and {self.alike} like it)" if self.alike else ""
        return f"{self.change}: {what} [{self.case.name}]: {self.before.words} -> {self.after.words}{more}"

    def record(self) -> dict[str, Any]:
        """The call as plain JSON data."""
        return {
            "change": str(self.change),
            "looser": self.change.looser,
            "case": self.case.model_dump(
                mode="json", exclude_defaults=True, exclude={"expect", "rules", "seats", "like"}
            ),
            "before": self.before.record(),
            "after": self.after.record(),
            "alike": self.alike,
        }


@dataclass(frozen=True, slots=True)
class PackDifference:
    """How packs differ.

    Attributes:
        tried: how many calls were decided under both.
    """

    before: str
    after: str
    rules: tuple[RuleChange, ...]
    witnesses: tuple[Witness, ...]
    tried: int

    @property
    def looser(self) -> bool:
        """Whether some call would be possible that was not, or may be although no call shows it."""
        return any(witness.change.looser for witness in self.witnesses) or any(item.looser for item in self.rules)

    @property
    def same(self) -> bool:
        """Whether nothing differs, texts included."""
        return not self.rules and not self.witnesses

    def record(self) -> dict[str, Any]:
        """The difference as plain JSON data."""
        return {
            "before": self.before,
            "after": self.after,
            "looser": self.looser,
            "tried": self.tried,
            "rules": [
                {
                    "rule": item.rule,
                    "kind": item.kind,
                    "words": list(item.words),
                    "meaning": item.meaning,
                    "looser": item.looser,
                }
                for item in self.rules
            ],
            "witnesses": [item.record() for item in self.witnesses],
        }


def compare_packs(before: PolicySet, after: PolicySet, tools: ToolSpecs | None = None) -> PackDifference:
    """Compares packs, and returns what differs in meaning.

    Every call that the cases of either describe is decided under both, and calls generated from them: around every
    number of either, and with each role, agent and tool that a rule gained or lost. That nothing flips is no proof.

    Raises:
        PolicyError: a case cannot be used.
    """
    tried = list(generate_calls(before, after, tools))
    rules, flips = tuple(_rules(before, after)), tuple(_flips(before, after, tried, tools))
    return PackDifference(before.revision, after.revision, rules, flips, len(tried))


def _flips(before: PolicySet, after: PolicySet, tried: Iterable[PackCase], tools: ToolSpecs | None) -> list[Witness]:
    first: dict[tuple[Any, ...], Witness] = {}
    alike: dict[tuple[Any, ...], int] = {}
    for case in tried:
        proposal, facts = build_situation(before, case, tools, CASE_TIME)
        old = DecisionOutcome.from_decision(decide(before, proposal, facts, case.stage))
        new = DecisionOutcome.from_decision(decide(after, proposal, facts, case.stage))
        change = find_decision_change(old, new)
        if change is None:
            continue
        key = (change, case.tool or case.subject, old.rules, new.rules, old.seats, new.seats)
        if key in first:
            alike[key] += 1
        else:
            first[key], alike[key] = Witness(case, change, old, new), 0
    found = [Witness(item.case, item.change, item.before, item.after, alike[key]) for key, item in first.items()]
    return sorted(found, key=lambda item: (item.change.rank, item.case.tool or item.case.subject, item.case.name))


def _rules(before: PolicySet, after: PolicySet) -> Iterator[RuleChange]:
    old = {rule.id: rule for rule in before.rules}
    new = {rule.id: rule for rule in after.rules}
    renamed = dict(
        _find_renamed([old[name] for name in old.keys() - new.keys()], [new[name] for name in new.keys() - old.keys()])
    )
    for rule_id in sorted(old.keys() | new.keys()):
        if rule_id in renamed:
            yield RuleChange(rule_id, "renamed", (f"now {renamed[rule_id]}",), meaning=False)
        elif rule_id in renamed.values():
            continue
        elif rule_id not in new:
            # What it forbade or hid may be possible now, though no case shows it.
            narrows = old[rule_id].effect in (RuleEffect.DENY, RuleEffect.MASK, RuleEffect.RETAIN)
            yield RuleChange(rule_id, "removed", (_summary(old[rule_id]),), looser=narrows)
        elif rule_id not in old:
            yield RuleChange(rule_id, "added", (_summary(new[rule_id]),))
        elif old[rule_id] != new[rule_id]:
            meaning, texts = _compare_rules(old[rule_id], new[rule_id])
            yield RuleChange(
                rule_id, "changed", (*meaning, *texts), bool(meaning), _is_freer(old[rule_id], new[rule_id])
            )
    for clause in compare_settings(before, after):
        yield RuleChange(clause.about, "changed", (clause.words,), looser=clause.looser)


def _find_renamed(gone: Iterable[Rule], come: Iterable[Rule]) -> Iterator[tuple[str, str]]:
    left = {rule.id: rule for rule in come}
    for rule in sorted(gone, key=lambda item: item.id):
        for name, other in sorted(left.items()):
            if other.model_copy(update={"id": rule.id}) == rule:
                del left[name]
                yield rule.id, name
                break


def _is_freer(old: Rule, new: Rule) -> bool:
    """Whether more people may answer, or other packs may override it; no single call shows that."""
    return bool(set(new.escalate) - set(old.escalate)) or (old.final and not new.final)


def _summary(rule: Rule) -> str:
    who = f" for {', '.join(rule.roles)}" if rule.roles else ""
    when = "" if rule.when == "true" else f" when {' '.join(rule.when.split())}"
    signed = f", signed by {' and '.join(rule.reviewers)}" if rule.reviewers else ""
    kept = f" as {rule.retain}" if rule.retain else ""
    return f"{rule.effect} {', '.join(rule.patterns)}{kept}{who}{when}{signed}"


def _compare_rules(old: Rule, new: Rule) -> tuple[list[str], list[str]]:
    """What differs in meaning, and what in words alone."""
    meaning: list[str] = []
    if old.condition != new.condition:
        meaning += _condition(old, new)
    for name in _LISTS:
        if _matched(old, name) != _matched(new, name):
            words = list(_compare_lists(name, getattr(old, name), getattr(new, name)))
            meaning += words
    for name in _WORDS:
        if getattr(old, name) != getattr(new, name):
            meaning.append(f"{name} {_format_value(getattr(old, name))} -> {_format_value(getattr(new, name))}")
    for name in ("deadline", "remind"):
        first, last = getattr(old, name), getattr(new, name)
        if first != last:
            meaning.append(f"{name} {_format_span(first)} -> {_format_span(last)}")
    texts = [f"{name} reworded" for name in _TEXTS if getattr(old, name) != getattr(new, name)]
    if not meaning and not texts:
        texts = ["written otherwise"]
    return meaning, texts


def _matched(rule: Rule, name: str) -> Sequence[str]:
    """One list of a rule, in the words of what is put to the rules."""
    match name:
        case "subjects":
            return rule.matched_patterns if rule.subjects else ()
        case "agents":
            return rule.matched_agents
        case _:
            found: Sequence[str] = getattr(rule, name)
            return found


def _condition(old: Rule, new: Rule) -> list[str]:
    first, last = find_thresholds(old), find_thresholds(new)
    if _shape(old, first) == _shape(new, last):
        found = [
            f"threshold {one.path or one.words} {one.op} {_number(one)} -> {_number(other)}"
            for one, other in zip(first, last, strict=True)
            if one.value != other.value
        ]
        if found:
            return found
        return []  # only white space
    return [f"when {' '.join(old.when.split())} -> {' '.join(new.when.split())}"]


def _shape(rule: Rule, found: Sequence[Threshold]) -> str:
    """The condition without its numbers, and without white space outside of texts."""
    bare = blank_texts(rule.condition, "\0")
    holes = {place for item in found for place in range(item.start, item.end)}
    starts = {item.start for item in found}
    kept = []
    for place, char in enumerate(rule.condition):
        if place in starts:
            kept.append("#")
        if place not in holes and not bare[place].isspace():
            kept.append(char)
    return "".join(kept)


def _number(threshold: Threshold) -> str:
    if threshold.path.endswith("_minor") and not threshold.sized:
        return format_money(threshold.value)
    return str(threshold.value)


def _compare_lists(name: str, old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    added, removed = [item for item in new if item not in old], [item for item in old if item not in new]
    singular = {"reviewers": "reviewer", "roles": "role", "tools": "tool", "agents": "agent", "tags": "tag"}
    word = singular.get(name, name)
    if not old and new and name in ("roles", "agents", "subjects"):
        yield f"{name} everybody -> {', '.join(new)}"
    elif old and not new and name in ("roles", "agents", "subjects"):
        yield f"{name} {', '.join(old)} -> everybody"
    elif not added and not removed:
        yield f"{name} {', '.join(old)} -> {', '.join(new)}"
    else:
        if added:
            yield f"{word} added: {', '.join(added)}"
        if removed:
            yield f"{word} removed: {', '.join(removed)}"


def _format_span(value: Any) -> str:
    return write_deadline(value) if value is not None else "half of the deadline"


def _format_value(value: Any) -> str:
    return "none" if value is None else str(value)
