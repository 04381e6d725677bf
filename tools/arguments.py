"""This module checks the arguments of a call against the tool's own model."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

from pydantic import BaseModel, ValidationError

from .spec import ToolSpec

MAX_CHARACTERS = 60_000
MAX_LEVELS = 50
_TOO_LARGE = "(too large)"
_SHOWN = 80


def bound_arguments(args: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """The arguments, or what stands for those that nobody should have to look at, record or sign.

    The stand-in fits no tool. Arguments may have 60,000 characters in all, each value and key counting as one more, and
    50 levels; it is found out without recursion, and no further than that.
    """
    room = MAX_CHARACTERS
    rest: list[tuple[Any, int]] = [(args, 0)]
    while rest:
        value, level = rest.pop()
        if isinstance(value, Mapping):
            inside = [item for pair in islice(value.items(), room + 1) for item in pair]
        elif isinstance(value, list | tuple | set | frozenset):
            inside = list(islice(value, room + 1))
        else:
            inside = []
            room -= _measure_length(value)
        room -= 1 + len(inside)
        if room < 0 or level > MAX_LEVELS:
            limits = f"at most {MAX_CHARACTERS:,} characters and {MAX_LEVELS} levels are taken"
            return {_TOO_LARGE: limits}
        rest += [(item, level + 1) for item in inside]
    return args


def validate_arguments(spec: ToolSpec, args: Mapping[str, Any]) -> BaseModel:
    """The arguments as the tool's model.

    Raises:
        ValidationError: they do not fit.
    """
    return spec.arguments.model_validate(args)


def list_defaults(args: BaseModel) -> list[str]:
    """The arguments that are as the tool itself would have them; whoever repeats a default decides nothing by it."""
    fields = type(args).model_fields.items()
    return [
        name
        for name, field in fields
        if not field.is_required() and getattr(args, name) == field.get_default(call_default_factory=True)
    ]


def explain_misfit(error: ValidationError) -> str:
    """What does not fit, field by field, for whoever proposed it."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    if any(item["loc"] == (_TOO_LARGE,) for item in found):
        return f"The arguments are too large: send {MAX_CHARACTERS:,} characters and {MAX_LEVELS} levels at most."
    parts = [f"{'.'.join(map(str, item['loc']))[:_SHOWN] or 'arguments'}: {item['msg']}" for item in found[:3]]
    return "The arguments do not fit the tool. " + "; ".join(parts)


def _measure_length(value: Any) -> int:
    if isinstance(value, str | bytes):
        return len(value)
    return value.bit_length() // 3 if isinstance(value, int) else 0
