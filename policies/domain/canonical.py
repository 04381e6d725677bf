"""Every value has one spelling, so that equal things have equal digests and different things do not.

The form is JSON with sorted keys, no white space and UTF-8, after RFC 8785, with two differences: keys are sorted by
code point, and binary floats are refused. A number that matters is an integer of minor units or a decimal, so twins
such as ``1`` and ``1.0`` cannot arise.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from ..errors import BadInput

MAX_DIGITS = 40
_TOO_LARGE = 10**MAX_DIGITS
_LONG = "The number at {path} has more than {most} digits; no amount is that large."
_BROKEN = "The text at {path} holds a broken character (a lone surrogate); send valid Unicode."


def make_plain_data(value: Any, path: str = "$") -> Any:
    """The value as plain JSON data: mappings, lists, strings, integers, booleans and null.

    Args:
        value: nested data; decimals become their shortest plain notation, dates ISO 8601 text (times with a zone in
            UTC).
        path: where the value stands, for the error message.

    Raises:
        BadInput: a float, a number of more than 40 digits, a key that is no text, a lone surrogate, or a type JSON
            does not have.
    """
    try:
        return _plain(value)
    except _InexactValue as refused:
        place = path + "".join(reversed(refused.path))
        raise BadInput(refused.words.format(path=place, **refused.fields)) from None


class _InexactValue(Exception):
    """A value without an exact form; the path to it grows on the way out, so that good data costs nothing."""

    def __init__(self, words: str, **fields: object) -> None:
        super().__init__(words)
        self.words = words
        self.fields = fields
        self.path: list[str] = []


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind is str:
        if value.isascii() or _is_sound(value):
            return value
        raise _InexactValue(_BROKEN)
    if value is None or kind is bool:
        return value
    if kind is int:
        if abs(value) >= _TOO_LARGE:
            raise _InexactValue(_LONG, most=MAX_DIGITS)
        return value
    if kind is dict:
        return _mapping(value)
    if kind is list or kind is tuple:
        return _items(value)
    return _unusual(value)


def _mapping(value: Mapping[Any, Any]) -> dict[str, Any]:
    if not all(isinstance(key, str) for key in value):
        raise _InexactValue("A key at {path} is not text; JSON objects have text keys only.")
    found: dict[str, Any] = {}
    for key, item in value.items():
        name = _plain(key)
        try:
            found[name] = _plain(item)
        except _InexactValue as refused:
            refused.path.append(f".{key}")
            raise
    return found


def _items(value: Sequence[Any]) -> list[Any]:
    found = []
    for place, item in enumerate(value):
        try:
            found.append(_plain(item))
        except _InexactValue as refused:
            refused.path.append(f"[{place}]")
            raise
    return found


def _unusual(value: Any) -> Any:
    match value:
        case int():
            return _plain(int(value))
        case str():
            if not _is_sound(value):
                raise _InexactValue(_BROKEN)
            return str(value)
        case Decimal():
            return _decimal(value)
        case datetime():
            return (value.astimezone(UTC) if value.tzinfo else value).isoformat()
        case date():
            return value.isoformat()
        case Mapping():
            return _mapping(value)
        case list() | tuple():
            return _items(value)
        case set() | frozenset():
            return sorted((_plain(item) for item in value), key=_json)
        case float():
            words = "The number at {path} is a binary float ({value!r}); use minor units or a decimal in text."
            raise _InexactValue(words, value=value)
        case _:
            words = "The value at {path} is a {kind}, which cannot be recorded as JSON."
            raise _InexactValue(words, kind=type(value).__name__)


def make_printable(value: Any) -> Any:
    """Like :func:`make_plain_data`, for data that is shown and never used: what JSON cannot hold becomes its repr."""
    try:
        match value:
            case Mapping():
                shown: dict[str, Any] = {}
                for key, item in value.items():
                    name = key if isinstance(key, str) and _is_sound(key) else ascii(key)
                    while name in shown:
                        name += "'"
                    shown[name] = make_printable(item)
                return shown
            case list() | tuple():
                return [make_printable(item) for item in value]
            case str() if not _is_sound(value):
                return ascii(value)
            case _:
                return make_plain_data(value)
    except BadInput:
        return ascii(value)
    except (RecursionError, ValueError):
        return f"(a {type(value).__name__} that cannot be shown)"


def canonicalize(value: Any) -> str:
    """The canonical JSON text of a value (see :func:`make_plain_data` for what is accepted).

    Raises:
        BadInput: what :func:`make_plain_data` refuses, or data nested too deeply.
    """
    try:
        return _json(make_plain_data(value))
    except RecursionError:
        raise BadInput("The data is nested too deeply to be recorded; send it flatter.") from None


def compute_digest(value: Any) -> str:
    """SHA-256 over the canonical JSON of a value, as 64 hex digits."""
    return hashlib.sha256(canonicalize(value).encode()).hexdigest()


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _is_sound(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _decimal(value: Decimal) -> str:
    if not value.is_finite() or abs(value.adjusted()) >= MAX_DIGITS:
        words = "The number at {path} is {value}; only finite numbers of up to {most} digits can be used."
        raise _InexactValue(words, value=value, most=MAX_DIGITS)
    notation = format(value, "f")
    if "." in notation:
        notation = notation.rstrip("0").rstrip(".")
    return "0" if notation in ("-0", "") else notation
