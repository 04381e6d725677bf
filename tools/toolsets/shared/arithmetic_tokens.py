"""The words of an arithmetic expression: numbers, signs, parentheses, currencies and scales."""

import re
from dataclasses import dataclass
from decimal import Decimal

from ....policies.errors import BadInput
from ...extraction.money import currency_code

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
    code = currency_code(word)
    return Token("currency", code) if code else None
