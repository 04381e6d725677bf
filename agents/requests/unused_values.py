"""What a question named and the look did not use is said in the reply; an answer to less than was asked looks whole."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from ...tools.extraction.extract import extract_mentions, find_dates, find_money

_MONTHS = "january february march april may june july august september october november december".split()
_MONTH = re.compile(rf"\b(?:in|since|from|of|during|until|before|after|last|this|next)\s+({'|'.join(_MONTHS)})\b", re.I)
_PERIOD = re.compile(
    r"\b(?:in the |the |this |last |next )?(?:first|second|last) (?:half|quarter) of (?:the year|\d{4})|"
    r"\b(?:this|last|next|the past|the last) (?:week|month|quarter|year)\b|\byesterday\b|"
    r"\b(?:on|by|since|before|after|until)\s+\d{1,2}\.\d{1,2}\.(?:\d{2,4})?",
    re.IGNORECASE,
)
_ROUND_AMOUNT = re.compile(
    r"\b(?:above|over|below|under|more than|less than|at least|at most|up to)\s+(?P<number>\d+(?:[.,]\d+)?)\s?k\b",
    re.IGNORECASE,
)


def find_unused_values(text: str, args: Iterable[Mapping[str, Any]], reply: str, today: date) -> tuple[str, ...]:
    """The records, days, months, periods and amounts that a question names and that neither its look nor its reply has.

    Args:
        text: the question.
        args: the arguments of the calls that were made for it.
        reply: what is said.
        today: the business date.
    """
    given = [str(value) for each in args for value in _flatten(each) if value not in (None, "", False)]
    dates = [value for value in given if re.fullmatch(r"\d{4}-\d{2}(?:-\d{2})?", value)]
    found = [
        item.canonical
        for item in extract_mentions(text).ids
        if item.canonical not in given and item.canonical not in reply
    ]
    days = [item for item in find_dates(text, today=today) if item.value is not None]
    found += [item.text.strip() for item in days if item.value and item.value.isoformat() not in dates]
    for match in _MONTH.finditer(text):
        number = _MONTHS.index(match[1].lower()) + 1
        inside_a_day = any(item.start <= match.start(1) < item.end for item in days)
        if not inside_a_day and not any(value[5:7] == f"{number:02d}" for value in dates) and str(number) not in given:
            found.append(match[0])
    if not dates:
        found += [match[0].strip() for match in _PERIOD.finditer(text)]
    for money in find_money(text):
        if str(int(money.amount.scaleb(2))) not in given:
            found.append(money.text.strip())
    for match in _ROUND_AMOUNT.finditer(text):
        if str(int(Decimal(match["number"].replace(",", ".")).scaleb(5))) not in given:
            found.append(match[0])
    return tuple(dict.fromkeys(found))


def _flatten(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _flatten(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _flatten(item)
    else:
        yield value
