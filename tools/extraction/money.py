"""This module finds amounts of money in running text, exact and with their currency."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from .quantities import NUMBER_WORDS, parse_number_words

_SYMBOLS = {
    "€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY", "₪": "ILS",
    "US$": "USD", "C$": "CAD", "CA$": "CAD", "CAD$": "CAD", "A$": "AUD", "AU$": "AUD", "HK$": "HKD",
    "NZ$": "NZD", "S$": "SGD", "NT$": "TWD", "R$": "BRL", "USD$": "USD", "RMB¥": "CNY", "RMB": "CNY",
}  # fmt: skip
_CODE_LIST = (
    "EUR USD GBP CHF JPY CNY CAD AUD NZD HKD SGD TWD KRW INR SEK NOK DKK ISK PLN CZK HUF RON BGN TRY ILS ZAR "
    "BRL MXN ARS CLP COP PEN THB MYR IDR PHP VND AED SAR QAR KWD EGP NGN KES UAH RUB RSD"
)
_CODES = frozenset(_CODE_LIST.split())
_WORDS = {
    "us dollar": "USD", "united states dollar": "USD", "u.s. dollar": "USD", "canadian dollar": "CAD",
    "australian dollar": "AUD", "hong kong dollar": "HKD", "singapore dollar": "SGD", "dollar": "USD",
    "euro": "EUR", "pounds sterling": "GBP", "pound sterling": "GBP", "british pound": "GBP", "pound": "GBP",
    "swiss franc": "CHF", "franc": "CHF", "yen": "JPY", "yuan": "CNY", "renminbi": "CNY", "rupee": "INR",
    "zloty": "PLN",
}  # fmt: skip
_SCALE = {
    "k": 1_000, "thousand": 1_000, "m": 1_000_000, "mn": 1_000_000, "mio": 1_000_000, "million": 1_000_000,
    "bn": 1_000_000_000, "billion": 1_000_000_000,
}  # fmt: skip
# Three capitals beside a number that are a record's prefix or an ordinary word, never a currency.
_WORD_LIST = (
    "INV ORD CON TCK CUS SUP EMP SHP PAY REF NOS THE AND FOR NOT ALL ANY BUT DAY YOU ARE WAS PER VAT TAX SKU "
    "PCS KGS QTY LBS MIN MAX JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC UTC GMT CET EST PST ISO IBAN BIC"
)
_NOT_CURRENCIES = frozenset(_WORD_LIST.split())

_NUMBER = (
    r"(?:\d{1,3}(?:(?:[.,'’]|[ \u00a0\u202f](?=\d{3}(?!\d)))\d{3}){1,5}(?:[.,]\d{1,4})?|\d{1,15}(?:[.,]\d{1,6})?)(?!\d)"
)
_SCALE_PATTERN = r"(?:[ \u00a0]?(?i:(?P<scale{n}>thousand|million|billion|mio|mn|bn|k|m)\b))"
_WORD_PATTERN = "|".join(sorted((re.escape(word) for word in _WORDS), key=len, reverse=True))
_SIGN = r"(?:[-−–]|(?i:minus)\s)"
_GAP = r"[ \u00a0\u202f]{0,2}"
_SYMBOL = r"(?:(?:USD|CAD|US|CA|AU|HK|NZ|NT|C|A|S|R)\$|RMB¥?|[$€£¥₠-⃀])"

_LOWER_CODE = "(?:eur|usd|gbp|chf|jpy|cny|aud|nzd|hkd|sgd|nok|dkk|pln|czk|huf)"
_BEFORE = re.compile(
    rf"(?<![\w.,])(?P<neg>{_SIGN}{_GAP})?(?P<cur>{_SYMBOL}|\b(?:[A-Z]{{3}}|{_LOWER_CODE})(?![^\W\d])){_GAP}"
    r"(?P<neg2>[-−–])?"
    rf"(?P<num>{_NUMBER}){_SCALE_PATTERN.format(n='')}?"
)
_AFTER = re.compile(
    rf"(?<![\w.,])(?P<neg>{_SIGN}{_GAP})?(?P<num>{_NUMBER}){_SCALE_PATTERN.format(n='')}?"
    rf"(?:{_GAP}(?P<cur>[€£$¥₠-⃀]|(?:[A-Z]{{3}}|{_LOWER_CODE})\b)|\s{{0,3}}(?P<word>(?i:{_WORD_PATTERN})(?i:s?))\b)"
)
_WITH_CENTS = re.compile(
    rf"(?<![\w.,])(?P<whole>\d{{1,9}})(?:{_GAP}€{_GAP}|{_GAP}(?i:euros?|eur)\s{{1,2}}(?:(?i:and)\s)?)(?P<cents>\d{{2}})"
    r"(?:\s?(?i:cents?|ct)\b|(?=\s*(?:$|[,;!?)\n]|\.(?!\d)|(?i:on|for|to|of|from|back|please|because|as)\b)))"
)
"""Euros and cents apart: "12€30", "12 euros 30", "12 euros and 30 cents"."""
_CENTS = re.compile(r"(?<![\w.,])(?P<cents>\d{1,4})\s?(?i:(?:euro\s?)?cents?|ct)\b")
_SPELLED = re.compile(rf"\b(?P<num>(?i:{NUMBER_WORDS}))\s{{1,3}}(?P<word>(?i:{_WORD_PATTERN})(?i:s?))\b(?!\s?sterling)")
_BARE = re.compile(rf"(?<![\w.,])(?P<neg>{_SIGN}{_GAP})?(?P<num>{_NUMBER})[ \u00a0](?i:(?P<scale>million|billion))\b")


@dataclass(frozen=True, slots=True)
class Money:
    """One amount found at `text[start:end]`.

    `currency` is an ISO 4217 code, or the code or symbol as written when it is not known (`known` is False),
    or "" when none is named. `negative` says that it was written below zero (the amount is below zero then);
    `ambiguous` says that a separator could be read two ways ("1.234") and the thousands reading was taken.
    """

    start: int
    end: int
    text: str
    amount: Decimal
    currency: str
    known: bool
    negative: bool = False
    ambiguous: bool = False


def find_money(text: str) -> tuple[Money, ...]:
    """Every amount of money in `text`, in order, without overlaps. A number alone is not money."""
    found: list[Money] = []
    for pattern in (_BEFORE, _AFTER, _SPELLED, _BARE):
        found.extend(_read_amounts(pattern, text))
    found.extend(_read_cents(text))
    found.sort(key=lambda money: (money.start, -money.end))
    kept: list[Money] = []
    for money in found:
        if not kept or money.start >= kept[-1].end:
            kept.append(money)
        elif money.end - money.start > kept[-1].end - kept[-1].start and money.start == kept[-1].start:
            kept[-1] = money
    return tuple(kept)


def _read_cents(text: str) -> Iterator[Money]:
    for match in _WITH_CENTS.finditer(text):
        value = Decimal(f"{match['whole']}.{match['cents']}")
        yield Money(match.start(), match.end(), match.group(), value, "EUR", known=True)
    for match in _CENTS.finditer(text):
        value = Decimal(match["cents"]) / 100
        yield Money(match.start(), match.end(), match.group(), value, "EUR", known=True)


def find_currency_code(sign: str) -> str | None:
    """The ISO 4217 code of a symbol ("$", "€") or of a code in any case, or None when it is not known."""
    return _SYMBOLS.get(sign) or (sign.upper() if sign.upper() in _CODES else None)


def parse_amount(number: str) -> tuple[Decimal, bool]:
    """The value of a number written with either decimal sign, and whether its reading was ambiguous.

    The last of two different separators is the decimal sign; a repeated one groups thousands, and is called
    ambiguous where the groups are not of three ("1,50,00"); a single one before exactly three digits groups
    thousands ("9,999"), which for a point ("1.234") is called ambiguous.
    """
    digits = re.sub(r"[\s'’\u00a0\u202f]", "", number)
    points, commas = digits.count("."), digits.count(",")
    if points and commas:
        decimal_sign = "." if digits.rfind(".") > digits.rfind(",") else ","
        other = "," if decimal_sign == "." else "."
        ambiguous = digits.count(decimal_sign) > 1
        whole = digits.replace(other, "")
        if ambiguous:
            return Decimal(whole.replace(decimal_sign, "")), True
        return Decimal(whole.replace(",", ".")), False
    if points + commas > 1:
        groups = re.split(r"[.,]", digits)
        regular = len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])
        return Decimal("".join(groups)), not regular
    if points + commas == 1:
        sign = "." if points else ","
        whole, _, fraction = digits.partition(sign)
        if len(fraction) == 3 and len(whole) <= 3 and not whole.startswith("0"):
            return Decimal(whole + fraction), sign == "."
        return Decimal(f"{whole}.{fraction}"), len(fraction) > 2
    return Decimal(digits), False


def _read_amounts(pattern: re.Pattern[str], text: str) -> Iterator[Money]:
    for match in pattern.finditer(text):
        groups = match.groupdict()
        currency, known = _currency(groups.get("cur"), groups.get("word"), groups["num"])
        if currency is None:
            continue
        if pattern is _SPELLED:
            spelled = parse_number_words(groups["num"])
            if spelled is None:
                continue
            amount, ambiguous = Decimal(spelled), False
        else:
            amount, ambiguous = parse_amount(groups["num"])
        if groups.get("scale"):
            # "2.125 million" is a decimal, never a group of thousands.
            if ambiguous:
                amount, ambiguous = Decimal(groups["num"].replace(",", ".")), False
            amount *= _SCALE[groups["scale"].lower()]
        negative = bool(groups.get("neg") or groups.get("neg2"))
        yield Money(
            start=match.start(), end=match.end(), text=match.group(), amount=-amount if negative else amount,
            currency=currency, known=known, negative=negative, ambiguous=ambiguous,
        )  # fmt: skip


def _currency(sign: str | None, word: str | None, number: str) -> tuple[str | None, bool]:
    if word is not None:
        name = re.sub(r"\s+", " ", word.lower())
        code = _WORDS.get(name) or _WORDS.get(name.removesuffix("s"))
        return code, code is not None
    if sign is None:
        return "", False
    if sign in _SYMBOLS:
        return _SYMBOLS[sign], True
    if sign.upper() in _CODES:
        return sign.upper(), True
    if len(sign) == 1 and unicodedata.category(sign) == "Sc":
        return sign, False
    # Three unknown capitals count as a currency only beside a number that is written like money.
    if sign not in _NOT_CURRENCIES and re.search(r"[.,]\d{2,3}$", number):
        return sign, False
    return None, False
