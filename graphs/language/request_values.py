"""This module reads what a person's own words name: record numbers, one amount, one day, names. It guesses nothing.

What was said last counts: an answer to a question stands on a line of its own below the request.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from ...tools.extraction.amount_doubts import find_amount_doubt
from ...tools.extraction.extract import extract_mentions, find_dates, find_money, find_percentages
from ..steps import SUGGESTED, Ask

FoundT = TypeVar("FoundT")
HOME_CURRENCY = "EUR"
_BARE_AMOUNT = re.compile(
    r"(?:amount\s+)?(?P<sign>[-−–])?(?P<whole>\d{1,3}(?:,\d{3})*|\d+)(?:[.,](?P<cents>\d{1,2}))?\s*"
)
_THOUSANDS = re.compile(r"(?<![\w.,€$£])(?P<number>\d{1,4}(?:[.,]\d{1,2})?)\s?[kK]\b(?!\s*(?:€|[A-Z]{3}\b|eur))")
"""Thousands without a currency: "above 5k"."""
_LARGEST = Decimal(10**11)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the words that cannot be used, with what to say about it."""

    words: str


@dataclass(frozen=True, slots=True)
class MoneyAmount:
    """An amount in minor units of a currency."""

    minor: int
    currency: str


def find_last_said(text: str, find: Callable[[str], tuple[FoundT, ...]]) -> tuple[FoundT, ...]:
    """What ``find`` sees in the last line in which it sees anything."""
    for line in reversed(text.splitlines() or [text]):
        if found := find(line):
            return found
    return ()


def find_record_numbers(kind: str, text: str, earlier: str = "") -> tuple[str, ...]:
    """The record numbers of one kind that were said last; without any, the last one said earlier.

    Args:
        kind: as the extractor calls it, e.g. ``"invoice"``.
    """
    found = (
        find_last_said(text, lambda line: extract_mentions(line).ids_of(kind))
        or extract_mentions(earlier).ids_of(kind)[-1:]
    )
    if kind == "supplier":  # these have three digits, so that a reviewer sees the number as it is on record
        return tuple(f"SUP-{int(id.removeprefix('SUP-')):03d}" for id in found)
    return found


def name_record_to_change(kind: str, question: str, text: str, earlier: str) -> tuple[str, ...] | Ask:
    """The records of one kind that a message names to be changed; a question where it names none.

    What was named earlier in the conversation is offered and not taken: a change names what it is about.

    Args:
        kind: as the extractor calls it, e.g. ``"invoice"``.
        question: asked when nothing was named; it ends with a question mark.
    """
    if ids := find_record_numbers(kind, text):
        return ids
    field = f"{kind.replace(' ', '_')}_id"
    if last := find_record_numbers(kind, "", earlier):
        return Ask(f"{question} You named {last[0]} earlier; do you mean that one?", field, {SUGGESTED: last[0]})
    return Ask(question, field)


def parse_request_amount(text: str) -> MoneyAmount | Problem | None:
    """The one positive amount that was said last, in its own currency; the company's when none is named."""
    text = _THOUSANDS.sub(lambda said: f"{Decimal(said['number'].replace(',', '.')) * 1000:f} {HOME_CURRENCY}", text)
    found = find_last_said(text, find_money)
    if not found:
        return _parse_bare_amount(text)
    if len({(item.amount, item.currency) for item in found}) > 1:
        listed = " and ".join(item.text.strip() for item in found)
        return Problem(f"I read more than one amount: {listed}. Which one is meant?")
    item = found[0]
    if not item.known and item.currency:
        return Problem(f"I do not know the currency of {item.text.strip()}. Which amount in {HOME_CURRENCY} is meant?")
    if item.ambiguous:
        return Problem(f"{item.text.strip()} can be read in two ways. Please write it like 1,234.00 {HOME_CURRENCY}.")
    return _check_amount(item.amount, item.currency or HOME_CURRENCY, item.text.strip())


def parse_home_amount(text: str) -> int | Problem | None:
    """The one positive amount that was said last, in minor units; another currency is a problem."""
    found = parse_request_amount(text)
    line = next((line for line in reversed(text.splitlines()) if find_money(line)), "")
    if doubt := find_amount_doubt(line):
        return Problem(f"I am not sure which amount “{doubt}” comes to. Which amount in {HOME_CURRENCY} is meant?")
    if isinstance(found, MoneyAmount):
        if found.currency != HOME_CURRENCY:
            return Problem(
                f"That amount is in {found.currency}; only {HOME_CURRENCY} is handled here. Which amount in "
                f"{HOME_CURRENCY} is meant? For another currency please ask finance."
            )
        return found.minor
    return found


def parse_percent(text: str) -> int | Problem | None:
    """The one whole percentage from 1 to 100 that was said last."""
    found = find_last_said(text, find_percentages)
    if not found:
        return None
    if len({item.value for item in found}) > 1:
        return Problem(f"I read {' and '.join(item.text.strip() for item in found)}. Which one is meant?")
    value = found[0].value
    if (
        value != value.to_integral_value()
        or not 1 <= value <= 100
        or re.search(r"[-−–]\s*" + re.escape(found[0].text), text)
    ):
        return Problem(f"{found[0].text.strip()} cannot be granted: whole percentages from 1 to 100 only. Which one?")
    return int(value)


def parse_day(text: str, today: date) -> date | Problem | None:
    """The one day that was said last."""
    found = find_last_said(text, lambda line: find_dates(line, today=today))
    for item in found:
        if not item.exists:
            return Problem(f"There is no such day as {item.text.strip()}. Which day is meant?")
        if item.candidates:
            both = " or ".join(f"{one:%d %B %Y}" for one in item.candidates)
            return Problem(f"{item.text.strip()} can be {both}. Which day is meant?")
    days = [item.value for item in found if item.value is not None]
    return days[0] if days else None


def _parse_bare_amount(text: str) -> MoneyAmount | Problem | None:
    """A number alone on the last line: the answer to the question how much."""
    lines = text.splitlines()
    match = _BARE_AMOUNT.fullmatch(lines[-1]) if len(lines) > 1 else None
    if match is None:
        return None
    value = Decimal(f"{match['whole'].replace(',', '')}.{match['cents'] or '00'}")
    return _check_amount(-value if match["sign"] else value, HOME_CURRENCY, lines[-1].strip())


def _check_amount(value: Decimal, currency: str, said: str) -> MoneyAmount | Problem:
    minor = value.scaleb(2)
    if value <= 0:
        return Problem(f"{said} is not above zero. Which amount is meant?")
    if minor != minor.to_integral_value():
        return Problem(f"{said} has more than two decimals. Which amount is meant?")
    if value > _LARGEST:
        return Problem(f"{said} is more than anything this company handles. Which amount is meant?")
    return MoneyAmount(int(minor), currency)
