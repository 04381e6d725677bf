"""This module finds percentages and durations in running text, and reads English number words.

Number words ("thirty-six", "one hundred and eighty") are read as integers.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

_UNITS = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SMALL = {word: value for value, word in enumerate(_UNITS)} | {
    word: 10 * (index + 2) for index, word in enumerate(_TENS)
}
SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_WORD = "|".join(sorted([*_SMALL, *SCALES], key=len, reverse=True))

NUMBER_WORDS = rf"(?:{_WORD})(?:(?:-|\s{{1,4}}(?:and\s{{1,4}})?)(?:{_WORD})){{0,8}}"
"""A pattern (case-insensitive, bounded) for one number written in words."""

_ORDINAL_LIST = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third "
    "twenty-fourth twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first"
)
ORDINALS = {word: value for value, word in enumerate(_ORDINAL_LIST.split(), start=1)}
"""Ordinal words of the days of a month."""


def parse_number_words(text: str) -> int | None:
    """The integer that `text` spells, or None when it spells none.

    "one hundred and eighty" gives 180; "two million five hundred thousand" gives 2,500,000.
    """
    words = [word for word in re.split(r"[\s-]+", text.lower().strip()) if word and word != "and"]
    if not words:
        return None
    total = current = 0
    for word in words:
        if word in _SMALL:
            current += _SMALL[word]
        elif word == "hundred":
            current = max(current, 1) * 100
        elif word in SCALES:
            total += max(current, 1) * SCALES[word]
            current = 0
        else:
            return None
    return total + current


_WORDS_OR_DIGITS = (
    rf"(?:(?P<word>{NUMBER_WORDS})(?:\s{{0,3}}\((?P<paren>\d{{1,6}}(?:\.\d{{1,4}})?)\s?%?\))?|"
    r"\(?(?P<num>\d{1,6}(?:[.,]\d{1,4})?)\)?)"
)
_PERCENT = re.compile(
    rf"(?<![\w.,/]){_WORDS_OR_DIGITS}[ \u00a0]{{0,2}}(?P<unit>%|percent\b|per\s?cent\b|percentage\spoints\b|"
    rf"basis\spoints\b)"
    r"(?:\s{0,3}\(\d{1,6}(?:\.\d{1,4})?\s?%\))?",
    re.IGNORECASE,
)
_DURATION = re.compile(
    rf"(?<![\w.,/]){_WORDS_OR_DIGITS}(?:\s{{0,3}}-?\s{{0,3}}|-)(?P<business>business\s|working\s|banking\s|"
    rf"calendar\s|consecutive\s|full\s)?"
    r"(?P<unit>hour|day|week|month|quarter|year)s?['’]?\b",
    re.IGNORECASE,
)
_DAYS = {"hour": Decimal(1) / 24, "day": Decimal(1), "week": Decimal(7), "month": Decimal(30), "quarter": Decimal(91),
         "year": Decimal(365)}  # fmt: skip

DurationUnit = Literal["hour", "day", "week", "month", "quarter", "year"]


@dataclass(frozen=True, slots=True)
class Percentage:
    """A share at `text[start:end]`; `value` is in percent (19 for "19 %"; 0.5 for "50 basis points")."""

    start: int
    end: int
    text: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time at `text[start:end]`: `count` of `unit`; `business` for business or working days."""

    start: int
    end: int
    text: str
    count: Decimal
    unit: DurationUnit
    business: bool = False

    @property
    def days(self) -> Decimal:
        """About how many days: a month is 30, a quarter 91, a year 365."""
        return self.count * _DAYS[self.unit]

    @property
    def months(self) -> Decimal:
        """About how many months: exact for months, quarters and years, else days / 30."""
        whole = {"month": 1, "quarter": 3, "year": 12}.get(self.unit)
        return self.count * whole if whole else self.days / 30


def find_percentages(text: str) -> tuple[Percentage, ...]:
    """Percentages in `text`, in order."""
    found = []
    for match in _PERCENT.finditer(text):
        value = _parse_number(match)
        if value is not None:
            basis = match["unit"].lower().startswith("basis")
            found.append(Percentage(match.start(), match.end(), match.group(), value / 100 if basis else value))
    return tuple(found)


def find_durations(text: str) -> tuple[Duration, ...]:
    """Durations in `text`, in order. Of "thirty (30) days" the digits count."""
    found = []
    for match in _DURATION.finditer(text):
        value = _parse_number(match)
        if value is not None:
            business = (match["business"] or "").strip().lower() in {"business", "working", "banking"}
            unit: DurationUnit = match["unit"].lower()  # type: ignore[assignment]
            found.append(Duration(match.start(), match.end(), match.group(), value, unit, business))
    return tuple(found)


def _parse_number(match: re.Match[str]) -> Decimal | None:
    digits = match["paren"] or match["num"]
    if digits:
        return Decimal(digits.replace(",", "."))
    spelled = parse_number_words(match["word"])
    return None if spelled is None else Decimal(spelled)
