"""Templates are filled from evidence: ``"Refund {args.amount_minor:money} on order {args.order_id}"``.

Filling never fails: a decision must not depend on its own description. Values may come from outsiders, so they are
cut short and put on one line.
"""

import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from ..errors import PolicyError

BASE_CURRENCY = "EUR"
MISSING = "(not given)"
MAX_VALUE = 80
_WHOLE_UNITS = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "XAF", "XOF"}
)
_FIELD = re.compile(r"\{([A-Za-z_]\w*(?:\.\w+)*)(?::([a-z]+))?\}")


def format_money(minor: int, currency: str = BASE_CURRENCY) -> str:
    """An amount for people: ``format_money(123456, "EUR")`` is ``"1,234.56 EUR"``.

    Args:
        minor: in minor units (cents); in currencies without them (ISO 4217 exponent 0) whole units.
    """
    digits = 0 if has_whole_units(currency) else 2
    return f"{Decimal(minor).scaleb(-digits):,.{digits}f} {currency}"


def has_whole_units(currency: str) -> bool:
    """Whether a currency has no minor units (ISO 4217 exponent 0)."""
    return currency in _WHOLE_UNITS


def check_template(template: str, roots: Collection[str]) -> None:
    """Checks that a template can be filled.

    Raises:
        PolicyError: a brace without its partner, an unknown format, or a field that starts with no known name.
    """
    for name, form in _FIELD.findall(template):
        if form not in ("", "money"):
            raise PolicyError(f"the format {form!r} in {{{name}:{form}}} is unknown; there is only money")
        if name.split(".")[0] not in roots:
            raise PolicyError(f"the field {{{name}}} starts with no known name; known are: {', '.join(sorted(roots))}")
    if re.search(r"[{}]", _FIELD.sub("", template)):
        raise PolicyError("a brace has no partner or the field in it is no dotted name; write {args.order_id}")


def render_template(template: str, context: Mapping[str, Any]) -> str:
    """The template with its fields filled; a missing one becomes ``(not given)``."""
    return _FIELD.sub(lambda found: _value(found[1], found[2], context), template)


def look_up_field(path: str, context: Mapping[str, Any]) -> Any:
    """The value at a dotted path, or ``None``."""
    value: Any = context
    for part in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list | tuple) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def format_value(value: Any) -> str:
    """A value on one short line, without control characters."""
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(format_value(item) for item in value[:10]) or "none"
    if isinstance(value, Mapping):
        return (
            ", ".join(f"{format_value(key)}: {format_value(item)}" for key, item in list(value.items())[:10]) or "none"
        )
    line = " ".join("".join(char if char.isprintable() else " " for char in str(value)[: MAX_VALUE * 4]).split())
    return line if len(line) <= MAX_VALUE else line[: MAX_VALUE - 1] + "…"


def _value(path: str, form: str | None, context: Mapping[str, Any]) -> str:
    value = look_up_field(path, context)
    if form == "money" and isinstance(value, int) and not isinstance(value, bool):
        return format_money(value, _currency(path, context))
    return format_value(value)


def _currency(path: str, context: Mapping[str, Any]) -> str:
    beside = look_up_field(path.rpartition(".")[0] + ".currency", context)
    return beside if isinstance(beside, str) and re.fullmatch(r"[A-Z]{3}", beside) else BASE_CURRENCY
