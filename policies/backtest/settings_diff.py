"""This module compares what packs say besides rules: limits, budgets, filters, histories, and who signs what.

No generated call can show that these became looser, so whatever is not surely stricter is taken to be looser.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..domain.templates import format_money
from ..review.pack_change import list_change_seats
from ..rules.budget import Budget, BudgetAction
from ..rules.policy_set import PolicySet
from ..rules.rate_limit import RateLimit
from ..rules.vocabulary import normalize_word

_TEXTS = frozenset({"id", "owner", "source", "reason"})


@dataclass(frozen=True, slots=True)
class SettingChange:
    """One setting that differs.

    Attributes:
        about: the id of the limit or budget, the pack, or what all packs say together.
        looser: whether more may be possible by it; in doubt it is.
    """

    about: str
    words: str
    looser: bool


def compare_settings(before: PolicySet, after: PolicySet) -> list[SettingChange]:
    """Everything that differs besides rules and cases, in a stable order."""
    return [
        *_packs(before, after),
        *_signers(before, after),
        *_compare_each(_index_section(before, "limits"), _index_section(after, "limits"), "limit", _limit),
        *_compare_each(_index_section(before, "budgets"), _index_section(after, "budgets"), "budget", _budget),
        *_filters(before, after),
        *_histories(before, after),
    ]


def _packs(before: PolicySet, after: PolicySet) -> Iterator[SettingChange]:
    old = {pack.pack: pack for pack in before.packs}
    new = {pack.pack: pack for pack in after.packs}
    for name in sorted(old.keys() | new.keys()):
        if name not in old:
            yield SettingChange(name, "pack added", looser=False)
        elif name not in new:
            yield SettingChange(name, "pack removed", looser=False)  # its rules, limits and filters are said one by one
        else:
            for field in ("owner", "version", "guardian"):
                first, last = getattr(old[name], field), getattr(new[name], field)
                if first != last:
                    yield SettingChange(
                        name, f"{field} {first or 'none'} -> {last or 'none'}", looser=field == "guardian"
                    )
    if before.fallback_reviewer != after.fallback_reviewer:
        words = f"fallback reviewer {before.fallback_reviewer} -> {after.fallback_reviewer}"
        yield SettingChange("(all packs)", words, looser=True)


def _signers(before: PolicySet, after: PolicySet) -> Iterator[SettingChange]:
    old, new = list_change_seats(before), list_change_seats(after)
    if old != new:
        words = f"signers of a change of packs: {_format_value(old)} -> {_format_value(new)}"
        yield SettingChange("(all packs)", words, looser=not Counter(old) <= Counter(new))


def _index_section(policy: PolicySet, section: str) -> dict[str, Any]:
    return {item.id: item for pack in policy.packs for item in getattr(pack, section)}


def _compare_each(
    old: Mapping[str, Any], new: Mapping[str, Any], what: str, compare: Callable[[Any, Any], Iterable[SettingChange]]
) -> Iterator[SettingChange]:
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            yield SettingChange(name, f"{what} removed", looser=True)
        elif name not in old:
            yield SettingChange(name, f"{what} added", looser=False)
        elif old[name] != new[name]:
            clauses = list(compare(old[name], new[name]))
            yield from clauses or [SettingChange(name, f"{what} reworded", looser=False)]


def _limit(old: RateLimit, new: RateLimit) -> Iterator[SettingChange]:
    if old.rate != new.rate:
        (first, span), (last, other) = old.rate.split("/"), new.rate.split("/")
        yield SettingChange(old.id, f"rate {old.rate} -> {new.rate}", looser=span != other or int(last) > int(first))
    if old.started != new.started:
        words = f"{new.work if new.started else old.work}s {_format_value(old.started)} -> {_format_value(new.started)}"
        yield SettingChange(old.id, words, looser=True)
    same_per = normalize_word(old.per) == normalize_word(new.per)
    yield from _compare_others(old, new, {"rate", "workflows", "playbooks", *(["per"] if same_per else [])})


def _budget(old: Budget, new: Budget) -> Iterator[SettingChange]:
    if old.amount_minor != new.amount_minor:
        words = (
            f"amount {format_money(old.amount_minor, old.currency)} -> {format_money(new.amount_minor, new.currency)}"
        )
        yield SettingChange(old.id, words, looser=new.amount_minor > old.amount_minor)
    if old.then != new.then:
        yield SettingChange(old.id, f"then {old.then} -> {new.then}", looser=new.then is not BudgetAction.STOP)
    if old.alert_at != new.alert_at:
        yield SettingChange(old.id, f"alert at {old.alert_at} -> {new.alert_at} per cent", looser=False)
    yield from _compare_others(old, new, {"amount_minor", "then", "alert_at"})


def _compare_others(old: Any, new: Any, said: set[str]) -> Iterator[SettingChange]:
    """The fields of which nobody can say in general which way is stricter."""
    for field in sorted(set(type(old).model_fields) - _TEXTS - said):
        first, last = getattr(old, field), getattr(new, field)
        if first != last:
            yield SettingChange(old.id, f"{field} {_format_value(first)} -> {_format_value(last)}", looser=True)


def _filters(before: PolicySet, after: PolicySet) -> Iterator[SettingChange]:
    old, new = ([pack.filters for pack in policy.packs] for policy in (before, after))
    kinds = tuple({str(kind) for item in some for kind in item.mask} for some in (old, new))
    yield from _compare_sets("values masked", *kinds, more_is_looser=False)
    for field, what in (("raw", "values given to tools"), ("show", "values shown")):
        given = [{_exception(item) for one in some for item in getattr(one, field)} for some in (old, new)]
        yield from _compare_sets(what, given[0], given[1], more_is_looser=True)
    grounded = [any(item.output.grounded for item in some) for some in (old, new)]
    if grounded[0] != grounded[1]:
        words = "figures must be grounded" if grounded[1] else "figures need not be grounded any more"
        yield SettingChange("filters", words, looser=grounded[0])
    least = [max((item.output.confidence for item in some), default=0) for some in (old, new)]
    if least[0] != least[1]:
        yield SettingChange("filters", f"confidence {least[0]} -> {least[1]} per cent", looser=least[1] < least[0])
    cited = [{agent for item in some for agent in item.output.cited} for some in (old, new)]
    yield from _compare_sets("agents that must cite", cited[0], cited[1], more_is_looser=False)


def _exception(item: Any) -> str:
    kinds = ", ".join(sorted(map(str, item.kinds)))
    tools = f" to {', '.join(sorted(item.tools))}" if hasattr(item, "tools") else ""
    return f"{kinds}{tools} for {', '.join(sorted(item.roles)) or 'everybody'}"


def _compare_sets(what: str, old: set[str], new: set[str], *, more_is_looser: bool) -> Iterator[SettingChange]:
    for item in sorted(new - old):
        yield SettingChange("filters", f"{what}: {item} added", looser=more_is_looser)
    for item in sorted(old - new):
        yield SettingChange("filters", f"{what}: {item} removed", looser=not more_is_looser)


def _histories(before: PolicySet, after: PolicySet) -> Iterator[SettingChange]:
    old, new = before.histories, after.histories
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            yield SettingChange(
                f"history.{name}", "history removed", looser=False
            )  # a rule that still asks for it denies
        elif name not in old:
            yield SettingChange(f"history.{name}", "history added", looser=False)
        elif old[name] != new[name]:
            fields = [
                f"{field} {_format_value(getattr(old[name], field))} -> {_format_value(getattr(new[name], field))}"
                for field in type(old[name]).model_fields
                if getattr(old[name], field) != getattr(new[name], field)
            ]
            yield SettingChange(f"history.{name}", "; ".join(fields), looser=True)


def _format_value(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None or value == "" else str(value)
