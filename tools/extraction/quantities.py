"""Percentages and durations in running text."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from .number_words import NUMBER_WORDS, words_to_int

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

Unit = Literal["hour", "day", "week", "month", "quarter", "year"]


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
    unit: Unit
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
        value = _number(match)
        if value is not None:
            basis = match["unit"].lower().startswith("basis")
            found.append(Percentage(match.start(), match.end(), match.group(), value / 100 if basis else value))
    return tuple(found)


def find_durations(text: str) -> tuple[Duration, ...]:
    """Durations in `text`, in order. Of "thirty (30) days" the digits count."""
    found = []
    for match in _DURATION.finditer(text):
        value = _number(match)
        if value is not None:
            business = (match["business"] or "").strip().lower() in {"business", "working", "banking"}
            unit: Unit = match["unit"].lower()  # type: ignore[assignment]
            found.append(Duration(match.start(), match.end(), match.group(), value, unit, business))
    return tuple(found)


def _number(match: re.Match[str]) -> Decimal | None:
    digits = match["paren"] or match["num"]
    if digits:
        return Decimal(digits.replace(",", "."))
    spelled = words_to_int(match["word"])
    return None if spelled is None else Decimal(spelled)
