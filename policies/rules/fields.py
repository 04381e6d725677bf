"""This module holds the types of the fields of packs, and the strict base of all that is read from packs."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
)

_DEADLINE = re.compile(r"([1-9][0-9]{0,3})(m|h|d)")


_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def read_deadline(value: Any) -> Any:
    """Turns ``"2d"``, ``"4h"`` or ``"30m"`` into a time span; other types pass through for pydantic to judge.

    Raises:
        ValueError: the text is no such span.
    """
    if not isinstance(value, str):
        return value
    found = _DEADLINE.fullmatch(value)
    if not found:
        raise ValueError(f"{value!r} is no time span; write a number and m, h or d, such as 30m, 4h or 2d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def write_deadline(span: timedelta) -> str:
    """The shortest notation that :func:`read_deadline` reads back."""
    minutes = int(span.total_seconds()) // 60
    for unit, size in (("d", 1440), ("h", 60)):
        if minutes % size == 0:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _as_condition(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


Deadline = Annotated[timedelta, BeforeValidator(read_deadline), PlainSerializer(write_deadline)]


Version = Annotated[str, BeforeValidator(_as_text), Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,31}$")]


Condition = Annotated[str, BeforeValidator(_as_condition), Field(min_length=1, max_length=4000)]


PolicyId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.-]{1,79}$")]


Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]


Reviewer = Annotated[str, Field(pattern=r"^([a-z][a-z0-9_-]{0,63}|\{(records|principal)(\.[a-z][a-z0-9_]*)+\})$")]


Tag = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*:[^\s:]+$")]


SectionReference = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*#[0-9A-Za-z][0-9A-Za-z.-]*$")]


NamePattern = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:*-]{1,100}$")]


Sentence = Annotated[str, Field(min_length=3, max_length=600)]


FieldPath = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$")]


class StrictModel(BaseModel):
    """The base of all that is read from packs: no unknown keys, no silent conversions, no changes."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
