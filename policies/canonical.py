"""One spelling for every value, so that equal things have equal digests and different things do not.

The form is JSON with sorted keys, no white space and UTF-8, after RFC 8785, with one difference: binary floats are
refused. A number that matters is an integer of minor units or a decimal, so twins such as ``1`` and ``1.0`` cannot
arise.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from .errors import BadInput


def plain(value: Any, path: str = "$") -> Any:
    """The value as plain JSON data: mappings, lists, strings, integers, booleans and null.

    Args:
        value: nested data; decimals become their shortest plain notation, dates ISO 8601 text.
        path: where the value stands, for the error message.

    Raises:
        BadInput: a float, a key that is no text, a lone surrogate, or a type JSON does not have.
    """
    match value:
        case None | bool() | int():
            return value
        case str():
            try:
                value.encode()
            except UnicodeEncodeError:
                raise BadInput(
                    f"The text at {path} holds a broken character (a lone surrogate); send valid Unicode."
                ) from None
            return str(value)
        case Decimal():
            return _decimal(value, path)
        case datetime() | date():
            return value.isoformat()
        case Mapping():
            if not all(isinstance(key, str) for key in value):
                raise BadInput(f"A key at {path} is not text; JSON objects have text keys only.")
            return {plain(key, path): plain(item, f"{path}.{key}") for key, item in value.items()}
        case list() | tuple():
            return [plain(item, f"{path}[{place}]") for place, item in enumerate(value)]
        case set() | frozenset():
            return sorted((plain(item, path) for item in value), key=str)
        case float():
            raise BadInput(f"The number at {path} is a binary float ({value!r}); use minor units or a decimal in text.")
        case _:
            raise BadInput(f"The value at {path} is a {type(value).__name__}, which cannot be recorded as JSON.")


def printable(value: Any) -> Any:
    """Like :func:`plain`, for data that is shown and never used: what JSON cannot hold becomes its repr."""
    match value:
        case Mapping():
            return {repr(key) if not isinstance(key, str) else key: printable(item) for key, item in value.items()}
        case list() | tuple():
            return [printable(item) for item in value]
        case _:
            try:
                return plain(value)
            except BadInput:
                return repr(value)


def canonical(value: Any) -> str:
    """The canonical JSON text of a value (see :func:`plain` for what is accepted)."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(value: Any) -> str:
    """SHA-256 over the canonical JSON of a value, as 64 hex digits."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def _decimal(value: Decimal, path: str) -> str:
    if not value.is_finite() or abs(value.adjusted()) > 40:
        raise BadInput(f"The number at {path} is {value}; only finite numbers of up to 40 digits can be used.")
    notation = format(value, "f")
    if "." in notation:
        notation = notation.rstrip("0").rstrip(".")
    return "0" if notation in ("-0", "") else notation
