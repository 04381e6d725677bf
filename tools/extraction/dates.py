"""This module finds dates in running text, and says which cannot exist and which can be read in two ways."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from .quantities import ORDINALS

_MONTH_NAMES = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
]  # fmt: skip
_MONTHS = {name: index for index, name in enumerate(_MONTH_NAMES, start=1)} | {
    name[:3]: index for index, name in enumerate(_MONTH_NAMES, start=1)
} | {"sept": 9}  # fmt: skip

_MONTH = r"(?P<month>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_ORDINAL_WORD = "|".join(sorted(ORDINALS, key=len, reverse=True))
# Converted filings write "24t h" where the print raised the letters.
_DAY = (
    rf"(?:\(?(?P<day>\d{{1,2}})\s?(?:s\s?t|n\s?d|r\s?d|t\s?h)?\)?|"
    rf"(?P<dayword>{_ORDINAL_WORD})(?:\s\(\d{{1,2}}(?:st|nd|rd|th)?\))?)"
)
_YEAR = r"(?P<year>\d{4})(?!\d)"
_BLANK = r"(?:_{1,20}|\[[^\]\n]{0,6}\]|\.{3,10})"
_WEEKDAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s{1,3})?"

_ISO = re.compile(r"(?<![\w.-])(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?![\w-])")
_NUMERIC = re.compile(
    r"(?<![\w./-])(?P<a>\d{1,2})(?P<sep>[./-])(?P<b>\d{1,2})(?P=sep)(?P<year>\d{4}|\d{2})(?![\w/-])(?!\.\d)"
)
_DAY_MONTH = re.compile(
    rf"(?<![\w.,]){_DAY}\s{{1,3}}(?:day\s{{1,3}}of\s{{1,3}})?{_WEEKDAY}{_MONTH}(?:,?\s{{0,3}}{_YEAR})?", re.IGNORECASE
)
_MONTH_DAY = re.compile(
    rf"\b{_MONTH}\s{{0,3}}(?P<day>\d{{1,2}})(?!\d)\s?(?:s\s?t\b|n\s?d\b|r\s?d\b|"
    rf"t\s?h\b)?(?:,?\s{{1,3}}{_YEAR}|,{_YEAR.replace('year', 'year2')})?",
    re.IGNORECASE,
)
_MONTH_YEAR = re.compile(
    rf"(?:{_BLANK}\s{{0,3}}(?:day\s{{1,3}}of\s{{1,3}})?)?\b{_MONTH}(?:\s{{0,3}}{_BLANK})?,?\s{{0,3}}(?:of\s)?{_YEAR}",
    re.IGNORECASE,
)
_RELATIVE_MONTH = re.compile(
    rf"\b(?P<rel>next|last|this|in|by|until|during|for)\s{{1,3}}{_MONTH}(?!\s{{0,3}}\d)", re.IGNORECASE
)
_RELATIVE_DAY = re.compile(r"\b(?P<rel>today|tomorrow|yesterday|(?:next|last|this)\s(?:month|year))\b", re.IGNORECASE)

Precision = Literal["day", "month", "year"]


@dataclass(frozen=True, slots=True)
class DateMention:
    """One date at `text[start:end]`.

    `value` is the calendar date, or None when it does not exist (`exists` is False), when day and month could
    be swapped (`candidates` has both readings), or when the text names no full date. `precision` says how much
    it names; `year`, `month` and `day` hold the parts that are known. `note` says in words what is unusual.
    """

    start: int
    end: int
    text: str
    value: date | None
    precision: Precision
    year: int | None = None
    month: int | None = None
    day: int | None = None
    exists: bool = True
    relative: bool = False
    candidates: tuple[date, ...] = ()
    note: str = ""


def find_dates(text: str, *, today: date | None = None, day_first: bool | None = None) -> tuple[DateMention, ...]:
    """Every date in `text`, in order, without overlaps.

    `today` resolves relative dates ("next March") and dates without a year (the next such day); without it they
    stay open. `day_first` decides between 03/04/2024 as 3 April (True) and 4 March (False); None decides only
    when one of the numbers is above 12. Points always put the day first (03.04.2024).
    """
    found = [
        *_find_iso(text), *_find_numeric(text, day_first), *_find_day_month(text, today), *_find_month_year(text),
        *_find_relative(text, today),
    ]  # fmt: skip
    found.sort(key=lambda mention: (mention.start, -mention.end))
    kept: list[DateMention] = []
    for mention in found:
        if not kept or mention.start >= kept[-1].end:
            kept.append(mention)
        elif _rank_mention(mention) > _rank_mention(kept[-1]):
            kept[-1] = mention
    return tuple(kept)


def _rank_mention(mention: DateMention) -> tuple[int, int]:
    return (sum(part is not None for part in (mention.year, mention.month, mention.day)), mention.end - mention.start)


def _find_iso(text: str) -> Iterator[DateMention]:
    for match in _ISO.finditer(text):
        yield _make_full(match, int(match["year"]), int(match["month"]), int(match["day"]))


def _find_numeric(text: str, day_first: bool | None) -> Iterator[DateMention]:
    for match in _NUMERIC.finditer(text):
        first, second, year = int(match["a"]), int(match["b"]), _full_year(match["year"])
        points = match["sep"] == "."
        if points and len(match["year"]) == 2 and not (1 <= second <= 12 and 1 <= first <= 31):
            continue  # a section number such as 14.20.13
        if points or day_first or (day_first is None and first > 12):
            day, month = first, second
        elif day_first is False or second > 12:
            day, month = second, first
        elif first == second:
            day = month = first
        else:
            readings = tuple(_make_date(year, m, d) for d, m in ((first, second), (second, first)))
            yield DateMention(
                match.start(), match.end(), match.group(), None, "day", year=year,
                candidates=tuple(reading for reading in readings if reading is not None),
                note="day and month can be swapped: say which is meant",
            )  # fmt: skip
            continue
        yield _make_full(match, year, month, day)


def _find_day_month(text: str, today: date | None) -> Iterator[DateMention]:
    for pattern in (_DAY_MONTH, _MONTH_DAY):
        for match in pattern.finditer(text):
            groups = match.groupdict()
            word = groups.get("dayword")
            day = ORDINALS[word.lower()] if word else int(groups["day"])
            month = _MONTHS[groups["month"].lower().rstrip(".")]
            year = groups.get("year") or groups.get("year2")
            if year:
                yield _make_full(match, int(year), month, day)
            elif _is_no_month(match, groups["month"]):
                continue
            else:
                yield _make_without_year(match, month, day, today)


def _is_no_month(match: re.Match[str], month: str) -> bool:
    """Whether this is the verb "may", or "march" and other words that are a month only with a capital."""
    return not month[:1].isupper() and (month in {"may", "march", "mar", "dec", "sep", "jan"}) and bool(match)


def _make_without_year(match: re.Match[str], month: int, day: int, today: date | None) -> DateMention:
    if _make_date(2024, month, day) is None:
        return _make_impossible(match, None, month, day)
    value = None
    if today is not None:
        # 29 February may be up to eight years away.
        options = (_make_date(today.year + ahead, month, day) for ahead in range(9))
        value = next((option for option in options if option is not None and option >= today), None)
    note = "the year is not named" + ("; the next such day was taken" if value else "")
    return DateMention(
        match.start(), match.end(), match.group(), value, "day", year=value.year if value else None, month=month,
        day=day, relative=True, note=note,
    )  # fmt: skip


def _find_month_year(text: str) -> Iterator[DateMention]:
    for match in _MONTH_YEAR.finditer(text):
        month = _MONTHS[match["month"].lower().rstrip(".")]
        yield DateMention(
            match.start(), match.end(), match.group(), None, "month", year=int(match["year"]), month=month,
            note="names no day",
        )  # fmt: skip


def _find_relative(text: str, today: date | None) -> Iterator[DateMention]:
    for match in _RELATIVE_MONTH.finditer(text):
        if _is_no_month(match, match["month"]) and match["rel"].lower() not in {"next", "last", "this", "in"}:
            continue
        month, word = _MONTHS[match["month"].lower().rstrip(".")], match["rel"].lower()
        year = None
        if today is not None:
            year = today.year
            if word == "last":
                year -= month >= today.month
            elif word == "next":
                year += month <= today.month
            elif word != "this":
                year += month < today.month
        yield DateMention(
            match.start(), match.end(), match.group(), None, "month", year=year, month=month, relative=True,
            note="relative to today",
        )  # fmt: skip
    for match in _RELATIVE_DAY.finditer(text):
        yield _make_relative_day(match, today)


def _make_relative_day(match: re.Match[str], today: date | None) -> DateMention:
    word = re.sub(r"\s", " ", match["rel"].lower())
    place = (match.start(), match.end(), match.group())
    note = "relative to today"
    if word in {"today", "tomorrow", "yesterday"}:
        shift = {"today": 0, "tomorrow": 1, "yesterday": -1}[word]
        value = today + timedelta(days=shift) if today else None
        year, month, day = (value.year, value.month, value.day) if value else (None, None, None)
        return DateMention(*place, value, "day", year, month, day, relative=True, note=note)
    step = {"next": 1, "last": -1, "this": 0}[word.split()[0]]
    if today is None:
        return DateMention(*place, None, "month" if "month" in word else "year", relative=True, note=note)
    if "year" in word:
        return DateMention(*place, None, "year", year=today.year + step, relative=True, note=note)
    count = today.year * 12 + today.month - 1 + step
    return DateMention(*place, None, "month", year=count // 12, month=count % 12 + 1, relative=True, note=note)


def _make_full(match: re.Match[str], year: int, month: int, day: int) -> DateMention:
    value = _make_date(year, month, day)
    if value is None:
        return _make_impossible(match, year, month, day)
    return DateMention(match.start(), match.end(), match.group(), value, "day", year, month, day)


def _make_impossible(match: re.Match[str], year: int | None, month: int, day: int) -> DateMention:
    return DateMention(
        match.start(), match.end(), match.group(), None, "day", year, month, day, exists=False,
        note=f"{match.group()!r} is a date that does not exist",
    )  # fmt: skip


def _make_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _full_year(digits: str) -> int:
    """Two digits mean 1969–2068, as in POSIX strptime."""
    value = int(digits)
    if len(digits) == 4:
        return value
    return value + (2000 if value < 69 else 1900)
