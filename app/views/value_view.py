"""Values that people sign or judge by are put into words: nothing hidden, amounts as money, each with its source."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...policies.domain.proposal import Provenance
from ...policies.domain.templates import BASE_CURRENCY, format_money
from ..terminal.unicode_safety import expose_unseen

_SOURCES = {
    Provenance.USER: "said by the requester",
    Provenance.TRUSTED: "from a system of record",
    Provenance.UNTRUSTED: "FROM OUTSIDE TEXT",
    Provenance.MODEL: "FOUND NOWHERE",
}
GOOD_SOURCES = (_SOURCES[Provenance.USER], _SOURCES[Provenance.TRUSTED])
_UNKNOWN = "of unknown source"
LONGEST_VALUE = 300
"""Characters of a record's value that are shown to people; programs get the whole."""
MAX_FIELDS = 60
"""Fields of the records that are shown to people."""


def describe_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What an edit changes, one entry for each argument."""
    return [
        f"{expose_unseen(key)}: {expose_unseen(_format_plain(before.get(key)))} → "
        f"{expose_unseen(_format_plain(after.get(key)))}"
        for key in dict.fromkeys((*before, *after))
        if before.get(key) != after.get(key)
    ]


def describe_arguments(args: Mapping[str, Any], provenance: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Each argument by its dotted path: path, value in words, source in words."""
    for path, shown in _describe_values(args):
        yield expose_unseen(path), shown, _source(path, provenance)


def describe_records(shown: Mapping[str, Any]) -> list[str]:
    """What policy judged, one line for each field; long values and long lists are cut, and say so."""
    lines = [f"{expose_unseen(path)} = {_cut_value(value)}" for path, value in _describe_values(shown)]
    left = len(lines) - MAX_FIELDS
    return [*lines[:MAX_FIELDS], f"… and {left} more; --json shows all"] if left > 0 else lines


def describe_amounts(args: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Minor units in words, by path; the currency stands beside the amount."""
    leaves = dict(_list_leaves(args))
    for path, value in leaves.items():
        if path.endswith("_minor") and isinstance(value, int) and not isinstance(value, bool):
            inside, dot, _ = path.rpartition(".")
            currency = leaves.get(f"{inside}{dot}currency")
            yield path, format_money(value, currency if isinstance(currency, str) and currency else BASE_CURRENCY)


def _describe_values(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    in_money = dict(describe_amounts(values))
    for path, value in _list_leaves(values):
        shown = expose_unseen(_format_plain(value))
        yield path, f"{in_money[path]} ({shown})" if path in in_money else shown


def _cut_value(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}… ({len(text):,} characters)"


def _source(path: str, provenance: Mapping[str, str]) -> str:
    """The least trusted source of the value and of what it stands in."""
    parts = path.split(".")
    known = [provenance[name] for end in range(1, len(parts) + 1) if (name := ".".join(parts[:end])) in provenance]
    ranked = (Provenance.MODEL, Provenance.UNTRUSTED, Provenance.USER, Provenance.TRUSTED)
    worst = next((source for source in ranked if source in known), None)
    return _SOURCES[worst] if worst else _UNKNOWN


def _list_leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _list_leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, Sequence) and not isinstance(value, str) and value:
        for place, item in enumerate(value):
            yield from _list_leaves(item, f"{path}.{place}")
    else:
        yield path, value


def _format_plain(value: Any) -> str:
    if value is None:
        return "(nothing)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
