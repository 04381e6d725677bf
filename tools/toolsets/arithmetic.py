"""Exact arithmetic on decimals: a small parser of its own, so that no text is ever executed.

| rule | |
|---|---|
| expression | term, then any number of ``+`` or ``-`` terms |
| term | factor, then any number of ``*``, ``/``, ``%`` (remainder) or ``of`` factors |
| factor | ``+`` or ``-`` factor, or a value with any number of ``%`` behind it (hundredths) |
| value | a number, or an expression in parentheses |

A ``%`` is a remainder when a value follows, and a per cent sign otherwise: ``7 % 3`` is 1, ``19 % of 200`` is 38.
"""

import re
from dataclasses import dataclass
from decimal import Context, Decimal, DecimalException, DivisionByZero, Inexact, InvalidOperation, Overflow

from ...policies.errors import BadInput

MOST_TEXT = 300
MOST_DEPTH = 30
DIGITS = 50
_LARGEST = 30
_TOKEN = re.compile(r"\s*(?:(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)|(?P<sign>[-+*/%()]|of\b))")
_SIGNS = str.maketrans({"−": "-", "–": "-", "×": "*", "·": "*", "÷": "/", "’": "", "'": ""})


@dataclass(frozen=True, slots=True)
class Value:
    """A result; ``exact`` says that nothing had to be rounded to 50 digits."""

    value: Decimal
    exact: bool


def evaluate(text: str) -> Value:
    """The value of an expression.

    Raises:
        BadInput: it cannot be read, is too long or too deep, divides by zero or becomes too large.
    """
    if len(text) > MOST_TEXT:
        raise BadInput(f"The expression has {len(text)} characters; at most {MOST_TEXT} can be calculated.")
    reader = _Reader(_tokens(text.translate(_SIGNS).casefold()))
    try:
        value = reader.expression(0)
        if reader.next is not None:
            raise BadInput(f"The expression goes on with {reader.next!r} where it should end.")
        if value.adjusted() > _LARGEST:
            raise BadInput(f"The result has more than {_LARGEST} digits before the point; nothing here is that large.")
    except DivisionByZero:
        raise BadInput("The expression divides by zero.") from None
    except DecimalException:
        raise BadInput("The expression has no value: it divides zero by zero, or a number is too large.") from None
    return Value(value, not reader.context.flags[Inexact])


def _tokens(text: str) -> list[str]:
    found, place = [], 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if match is None:
            raise BadInput(f"The expression cannot be read at {text[place:].strip()[:20]!r}; use numbers and + - * /.")
        found.append((match["number"] or match["sign"]).replace(",", ""))
        place = match.end()
    return found


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.place = 0
        self.context = Context(prec=DIGITS, Emax=9999, Emin=-9999, traps=[DivisionByZero, InvalidOperation, Overflow])

    @property
    def next(self) -> str | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def take(self, *wanted: str) -> str | None:
        found = self.next
        if found not in wanted:
            return None
        self.place += 1
        return found

    def expression(self, depth: int) -> Decimal:
        if depth > MOST_DEPTH:
            raise BadInput(f"The expression has more than {MOST_DEPTH} parentheses inside each other.")
        value = self.term(depth)
        while sign := self.take("+", "-"):
            other = self.term(depth)
            value = self.context.add(value, other) if sign == "+" else self.context.subtract(value, other)
        return value

    def term(self, depth: int) -> Decimal:
        value = self.factor(depth)
        while sign := self.take("*", "/", "%", "of"):
            other = self.factor(depth)
            if sign == "/":
                value = self.context.divide(value, other)
            elif sign == "%":
                value = self.context.remainder(value, other)
            else:
                value = self.context.multiply(value, other)
        return value

    def factor(self, depth: int) -> Decimal:
        if sign := self.take("+", "-"):
            if depth > MOST_DEPTH:
                raise BadInput("The expression has too many signs in a row.")
            value = self.factor(depth + 1)
            return self.context.minus(value) if sign == "-" else value
        value = self.value(depth)
        while self.next == "%" and not self._value_follows():
            self.place += 1
            value = self.context.multiply(value, Decimal("0.01"))
        return value

    def value(self, depth: int) -> Decimal:
        if self.take("("):
            value = self.expression(depth + 1)
            if not self.take(")"):
                raise BadInput("A parenthesis is not closed.")
            return value
        found = self.next
        if found is None or not (found[0].isdigit() or found[0] == "."):
            raise BadInput(f"A number is missing {'at the end' if found is None else f'before {found!r}'}.")
        self.place += 1
        return self.context.create_decimal(found)

    def _value_follows(self) -> bool:
        after = self.tokens[self.place + 1] if self.place + 1 < len(self.tokens) else ""
        return bool(after) and (after[0].isdigit() or after[0] in ".(")
