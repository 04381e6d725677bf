"""Arithmetic on decimals is exact, with money, scales and per cent, by a parser of its own; no text is ever executed.

An expression is read into tokens (numbers, signs, parentheses, currencies and scales) and then by these rules:

| rule | |
|---|---|
| expression | term, then any number of ``+`` or ``-`` terms |
| term | factor, then any number of ``*``, ``/``, ``%`` (remainder) or ``of`` factors |
| factor | ``+`` or ``-`` factor, or a value with any number of ``%`` behind it (hundredths) |
| value | a number, or an expression in ``()``, ``[]`` or ``{}``; a currency before or behind it, a scale behind |

A ``%`` is a remainder when a value follows, and a per cent sign otherwise: ``7 % 3`` is 1, ``19 % of 200`` is 38.
Currencies are tracked: a sum of euros and dollars, or euros times euros, is refused; a number without a currency joins
any. Numbers are written in figures 0 to 9 with a decimal point; commas group thousands.
"""

import re
from dataclasses import dataclass
from decimal import (
    ROUND_HALF_UP,
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)

from ....policies.errors import BadInput
from ...extraction.money import find_currency_code

CLOSED_BY = {"(": ")", "[": "]", "{": "}"}
SCALES = {"thousand": Decimal(10**3), "million": Decimal(10**6), "billion": Decimal(10**9)}
_SHORT = {"k": "thousand", "m": "million", "mn": "million", "mio": "million", "bn": "billion"}
_GROUPED = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?"
_TOKEN = re.compile(
    rf"\s*(?:(?P<number>{_GROUPED}(?![0-9,])|[0-9]+(?:\.[0-9]+)?|\.[0-9]+)|(?P<sign>[-+*/%()\[\]{{}}])"
    r"|(?P<symbol>[$€£¥₹₩])|(?P<word>[a-z]{1,12}))"
)
_SIGNS = str.maketrans({"−": "-", "–": "-", "×": "*", "·": "*", "÷": "/", "’": "", "'": ""})


@dataclass(frozen=True, slots=True)
class Token:
    """One word. ``kind`` is "number", "currency", "scale", "of" or the sign itself; ``text`` its normal form."""

    kind: str
    text: str


def read_tokens(text: str) -> list[Token]:
    """The tokens of an expression, in one pass.

    Raises:
        BadInput: a character or word means nothing here.
    """
    text = text.translate(_SIGNS).casefold().rstrip()
    found, place = [], 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        token = _token(match) if match else None
        if match is None or token is None:
            raise BadInput(
                f"The expression cannot be read at {text[place:].strip()[:20]!r}; use numbers, + - * / %, "
                "parentheses, currencies, and thousand, million or billion."
            )
        found.append(token)
        place = match.end()
    return found


def _token(match: re.Match[str]) -> Token | None:
    if number := match["number"]:
        return Token("number", number.replace(",", ""))
    if sign := match["sign"]:
        return Token(sign, sign)
    word = match["symbol"] or match["word"]
    if word == "of":
        return Token("of", word)
    singular = _SHORT.get(word, word.removesuffix("s"))
    if singular in SCALES:
        return Token("scale", singular)
    code = find_currency_code(word)
    return Token("currency", code) if code else None


MAX_TEXT = 1_000
MAX_DEPTH = 30
MAX_PLACES = 12
DIGITS = 50
_LARGEST = 30
UNITS = {"": Decimal(1), "percent": Decimal("0.01")} | SCALES


@dataclass(frozen=True, slots=True)
class ArithmeticValue:
    """A result.

    Attributes:
        value: the number, in the unit that was asked for.
        exact: nothing had to be rounded, neither to 50 digits on the way nor to the places that were asked for.
        currency: the ISO 4217 code of an amount of money, or "".
    """

    value: Decimal
    exact: bool
    currency: str = ""


@dataclass(frozen=True, slots=True)
class _Part:
    number: Decimal
    currency: str = ""


def evaluate_expression(
    text: str, *, unit: str = "", places: int | None = None, accounting: bool = False
) -> ArithmeticValue:
    """The value of an expression.

    Args:
        text: the expression.
        unit: what the result is counted in: "", "percent", "thousand", "million" or "billion".
        places: how many decimals to round the result to, half up; None leaves it as it is.
        accounting: read a number alone in round parentheses as negative, as tables of accounts write it.

    Raises:
        BadInput: it cannot be read, is too long or too deep, divides by zero, mixes currencies, or becomes too
            large; or the unit or places are not of those that exist.
    """
    if len(text) > MAX_TEXT:
        raise BadInput(f"The expression has {len(text)} characters; at most {MAX_TEXT} can be calculated.")
    if unit not in UNITS:
        raise BadInput(f"A result cannot be given in {unit[:20]!r}; choose one of {', '.join(filter(None, UNITS))}.")
    if places is not None and not 0 <= places <= MAX_PLACES:
        raise BadInput(f"A result can be rounded to 0 to {MAX_PLACES} decimals, not {places}.")
    reader = _Reader(read_tokens(text), accounting)
    try:
        found = reader.expression(0)
        if reader.next is not None:
            raise BadInput(f"The expression goes on with {reader.next.text!r} where it should end.")
        value = reader.context.divide(found.number, UNITS[unit])
        if value.adjusted() > _LARGEST:
            raise BadInput(f"The result has more than {_LARGEST} digits before the point; nothing here is that large.")
        if value and value.adjusted() < -_LARGEST:
            raise BadInput(f"The result begins after {_LARGEST} zeros behind the point; nothing here is that small.")
        exact = not reader.context.flags[Inexact]
        if places is not None:
            rounded = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=reader.context)
            exact, value = exact and rounded == value, rounded
    except DivisionByZero:
        raise BadInput("The expression divides by zero.") from None
    except DecimalException:
        raise BadInput("The expression has no value: it divides zero by zero, or a number is too large.") from None
    return ArithmeticValue(value, exact, found.currency)


class _Reader:
    def __init__(self, tokens: list[Token], accounting: bool) -> None:
        self.tokens = tokens
        self.accounting = accounting
        self.place = 0
        self.context = Context(prec=DIGITS, Emax=9999, Emin=-9999, traps=[DivisionByZero, InvalidOperation, Overflow])

    @property
    def next(self) -> Token | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def kind_at(self, ahead: int) -> str:
        """The kind of the token so many places ahead; empty past the end."""
        place = self.place + ahead
        return self.tokens[place].kind if place < len(self.tokens) else ""

    def take(self, *wanted: str) -> str | None:
        """The next token's kind when it is a wanted one, which is then passed."""
        found = self.kind_at(0)
        if found not in wanted:
            return None
        self.place += 1
        return found

    def expression(self, depth: int) -> _Part:
        if depth > MAX_DEPTH:
            raise BadInput(f"The expression has more than {MAX_DEPTH} parentheses inside each other.")
        value = self.term(depth)
        while sign := self.take("+", "-"):
            other = self.term(depth)
            work = self.context.add if sign == "+" else self.context.subtract
            value = _Part(work(value.number, other.number), _merge_currencies(value.currency, other.currency))
        return value

    def term(self, depth: int) -> _Part:
        value = self.factor(depth)
        while sign := self.take("*", "/", "%", "of"):
            other = self.factor(depth)
            if sign == "/":
                together = _merge_currencies(value.currency, other.currency)
                quotient = self.context.divide(value.number, other.number)
                value = _Part(quotient, "" if other.currency else together)
            elif sign == "%":
                together = _merge_currencies(value.currency, other.currency)
                value = _Part(self.context.remainder(value.number, other.number), together)
            elif value.currency and other.currency:
                raise BadInput(f"Money cannot be multiplied by money ({value.currency} by {other.currency}).")
            else:
                product = self.context.multiply(value.number, other.number)
                value = _Part(product, value.currency or other.currency)
        return value

    def factor(self, depth: int) -> _Part:
        if sign := self.take("+", "-"):
            if depth > MAX_DEPTH:
                raise BadInput("The expression has too many signs in a row.")
            value = self.factor(depth + 1)
            return _Part(self.context.minus(value.number), value.currency) if sign == "-" else value
        value = self.value(depth)
        while self.kind_at(0) == "%" and not self._value_follows():
            self.place += 1
            value = _Part(self.context.multiply(value.number, Decimal("0.01")), value.currency)
        return value

    def value(self, depth: int) -> _Part:
        currency = self._currency()
        if currency and self.kind_at(0) in ("-", "+"):
            found = self.factor(depth + 1)
            return _Part(found.number, _merge_currencies(currency, found.currency))
        found = self._bare(depth)
        currency = _merge_currencies(currency, found.currency)
        number = found.number
        token = self.next
        if token is not None and token.kind == "scale":
            self.place += 1
            number = self.context.multiply(number, SCALES[token.text])
        return _Part(number, _merge_currencies(currency, self._currency(behind=True)))

    def _bare(self, depth: int) -> _Part:
        token = self.next
        if token is not None and token.kind in CLOSED_BY:
            negative = self.accounting and token.kind == "(" and self.kind_at(1) == "number" and self.kind_at(2) == ")"
            self.place += 1
            value = self.expression(depth + 1)
            if not self.take(CLOSED_BY[token.kind]):
                raise BadInput(f"A parenthesis {token.kind} is not closed.")
            return _Part(self.context.minus(value.number), value.currency) if negative else value
        if token is None or token.kind != "number":
            raise BadInput(f"A number is missing {'at the end' if token is None else f'before {token.text!r}'}.")
        self.place += 1
        return _Part(self.context.create_decimal(token.text))

    def _currency(self, *, behind: bool = False) -> str:
        """The currency that stands here; behind a number not one that begins the next number."""
        token = self.next
        if token is None or token.kind != "currency" or (behind and self.kind_at(1) in ("number", *CLOSED_BY)):
            return ""
        self.place += 1
        return token.text

    def _value_follows(self) -> bool:
        return self.kind_at(1) in ("number", "currency", *CLOSED_BY)


def _merge_currencies(first: str, second: str) -> str:
    """The currency of two that are put together."""
    if first and second and first != second:
        raise BadInput(f"{first} and {second} cannot be put together; convert one of them first.")
    return first or second
