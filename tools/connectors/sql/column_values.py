"""This module checks that a column exists for the port and that a value fits it, before the database sees it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, String

from ....policies.errors import BadInput
from .columns import UtcTime
from .schema import RecordKind

_LARGEST = {"Integer": 2**31 - 1, "BigInteger": 2**63 - 1}
_MOST_TEXT = 2_000_000


def get_column(kind: RecordKind, name: str) -> Column[Any]:
    """The column with this name, taken from the schema and never from the caller's text.

    Raises:
        BadInput: there is none, or it is confidential: both sound the same.
    """
    if name not in kind.visible:
        raise BadInput(f"A {kind.name} has no field {name!r}; it has: {', '.join(kind.visible)}.")
    return kind.table.c[name]


def check_value(kind: RecordKind, name: str, value: Any) -> Any:
    """The value, if it fits the column.

    Raises:
        BadInput: wrong type, too long or too large, or empty where it must not be.
    """
    column = get_column(kind, name)
    if value is None:
        if column.nullable:
            return None
        raise BadInput(f"The field {name!r} of a {kind.name} cannot be empty.")
    problem = _problem(column, value)
    if problem:
        raise BadInput(f"The field {name!r} of a {kind.name} {problem}.")
    return value


def _problem(column: Column[Any], value: Any) -> str:
    if isinstance(column.type, UtcTime):
        aware = isinstance(value, datetime) and value.tzinfo is not None
        return "" if aware else f"must be a moment with a time zone, not {value!r}"
    if isinstance(column.type, String):
        return _text_problem(value, column.type.length or _MOST_TEXT)
    wanted = type(column.type).__name__
    if wanted == "Boolean":
        return "" if isinstance(value, bool) else f"must be true or false, not {value!r}"
    if wanted == "Date":
        plain = isinstance(value, date) and not isinstance(value, datetime)
        return "" if plain else f"must be a date, not {value!r}"
    if wanted in _LARGEST:
        if isinstance(value, bool) or not isinstance(value, int):
            return f"must be a whole number (money in minor units), not {value!r}"
        return "" if abs(value) <= _LARGEST[wanted] else "is too large a number"
    return "cannot be compared or set"


def _text_problem(value: Any, longest: int) -> str:
    if not isinstance(value, str):
        return f"must be text, not {value!r}"
    if len(value) > longest:
        return f"may have {longest} characters and has {len(value)}"
    if "\x00" in value or (not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value)):
        return "contains characters that are not text"
    return ""
