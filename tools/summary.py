"""Arguments and results are put into words for reviewers, and masked where nobody may read them."""

import string
from collections.abc import Mapping, Sequence
from typing import Any

MASKED = "•••"


class _TemplateFormatter(string.Formatter):
    """Format templates with two extra conversions, ``:money`` for minor units, and a dash for what is missing."""

    def get_value(self, key: int | str, _args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        return kwargs.get(str(key), "–")

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec == "money":
            return format_minor_units(value) if isinstance(value, int) else str(value)
        return str(value)


def format_minor_units(minor: int) -> str:
    """Minor units in words: ``123456`` is ``"1,234.56"``."""
    sign, minor = ("-", -minor) if minor < 0 else ("", minor)
    return f"{sign}{minor // 100:,}.{minor % 100:02d}"


def summarise_call(template: str, args: Mapping[str, Any]) -> str:
    """The template filled with arguments, on one line, each value cut to 200 characters."""
    said = {key: value for key, value in args.items() if value is not None}
    short = {key: value if isinstance(value, int) else _cut(str(value)) for key, value in said.items()}
    return _TemplateFormatter().vformat(template, (), short)


def mask_fields(value: Mapping[str, Any], paths: Sequence[str]) -> dict[str, Any]:
    """A copy of the result with the named fields masked.

    Args:
        paths: dotted; a path may run through lists, and ``*`` stands for every item: ``"orders.email"`` and
            ``"orders.*.email"`` mask the same.
    """
    result = dict(value)
    for path in paths:
        key, _, rest = path.partition(".")
        for name in result if key == "*" else {key} & result.keys():
            result[name] = _mask_at(result[name], rest)
    return result


def _mask_at(value: Any, rest: str) -> Any:
    if isinstance(value, list):
        head, _, tail = rest.partition(".")
        return [_mask_at(item, tail if head == "*" else rest) for item in value]
    if not rest:
        return None if value is None else MASKED
    return mask_fields(value, [rest]) if isinstance(value, Mapping) else value


def _cut(value: str) -> str:
    line = " ".join(value.split())
    return line if len(line) <= 200 else f"{line[:199]}…"
