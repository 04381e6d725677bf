"""Thresholds are the whole numbers that conditions compare with; they can be found and moved."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..rules.expressions import blank_texts
from ..rules.rule import Rule

_FIELD = r"(?:args|history|records|principal|scores)(?:\.\w+)+"
_COMPARED = re.compile(
    rf"(?<![\w.])(?P<size>size\s*\(\s*)?(?P<path>{_FIELD})(?(size)\s*\))\s*(?P<op><=|>=|==|!=|<|>)"
    r"\s*(?P<value>-?\d+)(?![\w.(])"
)
_REVERSED = re.compile(
    rf"(?<![\w.)])(?P<value>-?\d+)\s*(?P<op><=|>=|==|!=|<|>)\s*(?P<path>{_FIELD})(?![\w.(]|\s*[-+*/%])"
)
_ANYTHING = re.compile(
    r"(?:(?:<=|>=|==|!=|<|>)\s*(-?\d+)(?![\w.]))|(?:(?<![\w.])(-?\d+)\s*(?:<=|>=|==|!=|<|>)(?!=?\s*-?\d))"
)
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


@dataclass(frozen=True, slots=True)
class Threshold:
    """One whole number in a rule's condition.

    Attributes:
        path: the field compared with it, e.g. ``"args.amount_minor"``; empty when it is calculated.
        sized: whether it is the field's size that is compared.
        op: as in ``path op value``.
        start, end: where the number stands in the condition.
    """

    rule: str
    path: str
    sized: bool
    op: str
    value: int
    start: int
    end: int

    @property
    def words(self) -> str:
        """As in the condition, in the order of ``path op value``."""
        field = f"size({self.path})" if self.sized else self.path or "(calculated)"
        return f"{field} {self.op} {self.value}"


def find_thresholds(rule: Rule) -> tuple[Threshold, ...]:
    """The numbers of a rule's condition, in the order they stand."""
    bare = blank_texts(rule.when)
    found: dict[int, Threshold] = {}
    for pattern in (_COMPARED, _REVERSED):
        for item in pattern.finditer(bare):
            start, end = item.span("value")
            calculated = bare[: item.start()].rstrip().endswith(("+", "-", "*", "/", "%"))
            sized = pattern is _COMPARED and item["size"] is not None
            op = item["op"] if pattern is _COMPARED else _TURNED[item["op"]]
            path = "" if calculated else item["path"]
            found.setdefault(start, Threshold(rule.id, path, sized, op, int(item["value"]), start, end))
    for item in _ANYTHING.finditer(bare):
        start, end = item.span(1) if item[1] else item.span(2)
        found.setdefault(start, Threshold(rule.id, "", False, "?", int(bare[start:end]), start, end))
    return tuple(found[start] for start in sorted(found))


def move_threshold(rule: Rule, threshold: Threshold, value: int) -> str:
    """The condition with another number in that place."""
    return rule.when[: threshold.start] + str(value) + rule.when[threshold.end :]


def place_value(args: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of nested mappings with a value at a dotted path; what lies in the way is replaced."""
    head, _, rest = path.partition(".")
    copy = dict(args)
    if rest:
        below = copy.get(head)
        copy[head] = place_value(below if isinstance(below, Mapping) else {}, rest, value)
    else:
        copy[head] = value
    return copy
