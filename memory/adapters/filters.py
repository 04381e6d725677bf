"""LangGraph's filters and namespace patterns, as pure functions.

Unlike the in-memory store, a comparison of things that have no order (a number with a word, a missing field) is false
instead of an error: one odd item must not make a whole search fail.
"""

from collections.abc import Mapping
from typing import Any

from langgraph.store.base import MatchCondition

from ...policies.errors import BadInput


class BadFilter(BadInput, ValueError):
    """A search filter uses an operator that does not exist."""


def matches(value: Mapping[str, Any], wanted: Mapping[str, Any] | None) -> bool:
    """Whether an item's value meets a filter: every field equals, or meets its operators.

    Raises:
        BadFilter: an operator is none of $eq $ne $gt $gte $lt $lte $in.
    """
    return all(_field(value.get(name), sought) for name, sought in (wanted or {}).items())


def _field(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        if any(str(name).startswith("$") for name in wanted):
            return all(_operator(value, name, operand) for name, operand in wanted.items())
        return isinstance(value, Mapping) and matches(value, wanted)
    if isinstance(wanted, list | tuple):
        return (
            isinstance(value, list | tuple)
            and len(value) == len(wanted)
            and all(_field(one, other) for one, other in zip(value, wanted, strict=True))
        )
    return bool(value == wanted)


def _operator(value: Any, name: str, operand: Any) -> bool:
    match name:
        case "$eq":
            return bool(value == operand)
        case "$ne":
            return bool(value != operand)
        case "$in":
            if not isinstance(operand, list | tuple | set | frozenset):
                raise BadFilter(f"The filter $in needs a list, not {operand!r}.")
            return value in operand
        case "$gt" | "$gte" | "$lt" | "$lte":
            order = _compare(value, operand)
            if order is None:
                return False
            return {"$gt": order > 0, "$gte": order >= 0, "$lt": order < 0, "$lte": order <= 0}[name]
    raise BadFilter(f"{name!r} is not a filter operator. Use $eq, $ne, $gt, $gte, $lt, $lte or $in.")


def _compare(value: Any, operand: Any) -> int | None:
    """-1, 0 or 1; numbers by size (also when written as text), text by letters, anything else not at all."""
    if isinstance(value, str) and isinstance(operand, str):
        pair: tuple[Any, Any] = (value, operand)
    else:
        try:
            pair = (float(value), float(operand))
        except (TypeError, ValueError, OverflowError):
            return None
    return int(pair[0] > pair[1]) - int(pair[0] < pair[1]) if pair[0] == pair[0] and pair[1] == pair[1] else None


def namespace_matches(namespace: tuple[str, ...], condition: MatchCondition) -> bool:
    """Whether a namespace begins (or ends) with a pattern of whole segments; ``*`` stands for any one segment.

    Raises:
        BadFilter: the condition is neither a prefix nor a suffix.
    """
    path = tuple(condition.path)
    if condition.match_type not in ("prefix", "suffix"):
        raise BadFilter(f"{condition.match_type!r} is not a way to match namespaces. Use prefix or suffix.")
    if len(namespace) < len(path):
        return False
    part = namespace[: len(path)] if condition.match_type == "prefix" else namespace[len(namespace) - len(path) :]
    return all(wanted in ("*", segment) for segment, wanted in zip(part, path, strict=True))
