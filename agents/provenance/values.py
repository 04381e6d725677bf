"""This module reads numbers, dates, times and spans in a text, and says whether a value stands in it whole. Pure.

Nothing here makes a value more like the person's than it is: letters are compared without their case only where that
cannot join two alphabets, spacing of a value is never changed, and a part of a longer word is not the word.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

QUANTITY = re.compile(r"(?:^|_)(?:amount|price|sum|total|minor|quantity|percent|rate|cost|budget)(?:_|$)")
"""Arguments that say how much rather than to whom, by their names."""
_BLANKS = re.compile(r"[ \t\r\n]+")
_MONTHS = ("january february march april may june july august september october november december").split()
_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_MONTH = "|".join(f"{name}|{name[:3]}" for name in _MONTHS)
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_DOTTED = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b")
_MONTH_DAY = re.compile(rf"\b({_MONTH})\.? (\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (\d{{4}})\b)?")
_DAY_MONTH = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({_MONTH})\b\.?(?:,? (\d{{4}})\b)?")
_NEAR = {"today": 0, "tonight": 0, "tomorrow": 1, "yesterday": -1}
_CLOCK = re.compile(r"(?<![\d:])([01]?\d|2[0-3]):([0-5]\d)(?!\d)(?: ?([ap])\.?m\b)?")
_HOUR = re.compile(r"\b(1[0-2]|[1-9]) ?([ap])\.?m\b")
_SPAN = re.compile(r"\b(\d{1,3}|an?|one|two|three|four|five|six|seven|eight|half an?)[ -](minute|hour|day)s?\b")
_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
_NUMBER = re.compile(r"(?<![\w.,])(?<!\w-)[€$£]?([0-9][0-9.,']*)(?:%|[€$£])?(?![-:/]?\w)")
_PERCENT = re.compile(r"(?<![\w.,])([0-9][0-9.,']*) ?(?:%|percent\b|per cent\b)")
_CODE = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?:[ -]?[A-Za-z0-9]{2,4}){3,8}(?![A-Za-z0-9])")
_BARE_CODE = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}")
_TAIL = re.compile(r"(?<!\w)[A-Za-z]{2,5}[- ]?([0-9]{3,})(?!\w)")
_MOMENT = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2})(?::00(?:\.0+)?)?)?")


def fold_case(text: str) -> str:
    """The text without the case of its letters, where that leaves ASCII letters ASCII and others as they are."""
    if text.isascii():
        return text.lower()
    return "".join(_lower(char) for char in text)


def _lower(char: str) -> str:
    small = char.lower()
    return small if char.isascii() or (len(small) == 1 and not small.isascii()) else char


def collapse_spaces(text: str) -> str:
    """The text with runs of ordinary blanks and line breaks as one space."""
    return _BLANKS.sub(" ", text)


def stands_in(value: str, folded: str) -> bool:
    """Whether a value stands in folded text as a whole, no part of a longer word, number, address or path."""
    wanted = fold_case(value)
    if not wanted or wanted not in folded:
        return False
    found = rf"(?<![\w@+/\\])(?<!\w[.\-'%]){re.escape(wanted)}(?![\w@+/\\%])(?![.\-':]\w)"
    return re.search(found, folded) is not None


def parse_decimal(text: str) -> Decimal | None:
    """A number as people write it: ``"1,234.50"`` and ``"1.234,50"`` are both 1234.5; ``None`` when it is none."""
    text = text.strip(".,'")
    whole, mark, cents = max(text.rpartition("."), text.rpartition(","), key=lambda parts: len(parts[0]))
    plain = re.sub(r"[.,']", "", whole) + f".{cents}" if mark and len(cents) <= 2 else re.sub(r"[.,']", "", text)
    return parse_plain_decimal(plain)


def parse_plain_decimal(text: str) -> Decimal | None:
    """A number in plain notation, ASCII digits only."""
    if not re.fullmatch(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?|-?\.[0-9]{1,30}", text):
        return None
    try:
        return Decimal(text).normalize()
    except InvalidOperation:  # pragma: no cover - the pattern admits nothing else
        return None


def parse_numbers(text: str) -> frozenset[Decimal]:
    """The numbers a text says by themselves; digits of dates, times, ids and accounts are none."""
    for taken in (_ISO, _DOTTED, _CLOCK, _CODE):
        text = taken.sub(" ", text)
    return frozenset(number for found in _NUMBER.findall(text) if (number := parse_decimal(found)) is not None)


def parse_percentages(text: str) -> frozenset[Decimal]:
    """The numbers that a text says as percentages."""
    return frozenset(number for found in _PERCENT.findall(text) if (number := parse_decimal(found)) is not None)


def find_account_codes(text: str) -> frozenset[str]:
    """Account numbers in a text, without the blanks and hyphens people put into them."""
    return frozenset(re.sub(r"[ -]", "", found).upper() for found in _CODE.findall(text))


def parse_account_code(value: str) -> str | None:
    """The value as an account number, or ``None``; blanks within are those of the usual groups."""
    bare = value.upper() if value.isascii() else ""
    plain = re.sub(r"(?<=\w)[ -](?=\w)", "", bare)
    return plain if _BARE_CODE.fullmatch(plain) else None


def find_id_digits(text: str) -> frozenset[str]:
    """The digits of ids such as ``ORD-8841``."""
    return frozenset(_TAIL.findall(text))


def parse_moment(value: str) -> tuple[date, str] | None:
    """An ISO date, or date and time of day (``""`` when it has none), or ``None``."""
    found = _MOMENT.fullmatch(value) if value.isascii() else None
    if found is None:
        return None
    day = _date(found[1], found[2], found[3])
    return (day, f"{found[4]}:{found[5]}" if found[4] else "") if day else None


def parse_dates(text: str, today: date | None) -> frozenset[date]:
    """The days a text names; those without a year, and words such as ``tomorrow``, need to know what day it is."""
    text = fold_case(collapse_spaces(text))
    found = {_date(*parts) for parts in _ISO.findall(text)}
    found |= {_date(year, month, day) for day, month, year in _DOTTED.findall(text)}
    named = [*_MONTH_DAY.findall(text), *((month, day, year) for day, month, year in _DAY_MONTH.findall(text))]
    found |= {_resolve_date(month, day, year, today) for month, day, year in named}
    if today is not None:
        words = set(re.findall(r"[a-z]+", text))
        found |= {today + timedelta(days) for word, days in _NEAR.items() if word in words}
        found |= {today + timedelta((_DAYS.index(word) - today.weekday()) % 7 or 7) for word in words & set(_DAYS)}
    return frozenset(day for day in found if day)


def parse_times(text: str) -> frozenset[str]:
    """The times of day a text names, as ``HH:MM``."""
    text = fold_case(collapse_spaces(text))
    found = {_clock(int(hour), minute, half) for hour, minute, half in _CLOCK.findall(text)}
    found |= {_clock(int(hour), "00", half) for hour, half in _HOUR.findall(text)}
    return frozenset(found | ({"12:00"} if re.search(r"\bnoon\b", text) else set()))


def parse_spans(text: str) -> frozenset[timedelta]:
    """How long a text says that something takes."""
    found = set()
    for count, unit in _SPAN.findall(fold_case(collapse_spaces(text))):
        many = 0.5 if count.startswith("half") else float(_COUNTS.get(count, 0) or count)
        found.add(timedelta(**{f"{unit}s": many}))
    return frozenset(found)


def compute_span(start: tuple[date, str], end: tuple[date, str]) -> timedelta:
    """The time between two moments."""
    first, last = (datetime.fromisoformat(f"{day.isoformat()} {clock or '00:00'}") for day, clock in (start, end))
    return last - first


def join_texts(texts: Iterable[str]) -> str:
    """Texts as one, far enough apart that no value stands in two of them."""
    return " " + " \x00 ".join(texts) + " "


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _resolve_date(month: str, day: str, year: str, today: date | None) -> date | None:
    number = next(place for place, name in enumerate(_MONTHS, 1) if name.startswith(month))
    if not year and today is None:
        return None
    return _date(year or str(today.year if today else ""), str(number), day)


def _clock(hour: int, minute: str, half: str) -> str:
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    return f"{hour:02}:{minute}"
