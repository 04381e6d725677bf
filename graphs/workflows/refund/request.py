"""A refund is filled from what a person names: order, amount and ticket, and what of it was not understood."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from ....agents.requests.reading import blank_foreign
from ....tools.extraction.amount_doubts import find_amount_doubt
from ....tools.extraction.extract import TypedMentions, extract_mentions
from ....tools.extraction.identifiers import format_record_id
from ....tools.extraction.money import parse_amount
from ....tools.extraction.quantities import parse_number_words
from ....tools.extraction.shares import find_share
from ..engine.workflow import RequestText

_PARTIAL = re.compile(r"\b(?:half|part|partial(?:ly)?|some|third|quarter|percent)\b|%", re.IGNORECASE)
_SEVERAL = re.compile(r"\borders\b", re.IGNORECASE)
_AGREED = re.compile(
    r"\W*(?:yes|yep|yeah|ok|okay|sure|do it|do that|go ahead|please do|correct|right|that's right|exactly|agreed)"
    r"(?:[ ,]+(?:please|thanks|do it|go ahead))*\W*",
    re.IGNORECASE,
)
_ORDER_NUMBER = re.compile(r"\d{4,7}")
_NUMBER = re.compile(r"(?<![\w.,-])\d[\d.,']*(?<![.,'])(?!\w)")
_BETWEEN = re.compile(
    r"\b(?:refund|reimburse|pay back|give back|pay|return)(?:ing|ed)?\b(?P<part>[^.;!?\n]{0,120}?)"
    r"(?:\border\b|\bORD\b|#\s*\d{4,7}\b|\b\d{4,7}\b)",
    re.IGNORECASE,
)
_PLAIN_WORD = re.compile(
    r"the|this|that|a|an|full|fully|whole|entire|entirely|complete|completely|total|amount|sum|price|money|payment|all|"
    r"everything|it|him|her|them|us|customer|client|buyer|customer's|back|on|of|for|from|in|to|please|pls|now|today|"
    r"immediately|exactly|just|only|refund|purchase|my|our|his|their|paid|remaining|rest|and|also|so|then|no|nr|number|"
    r"\.?|-|–|\d[\d.,]*",
    re.IGNORECASE,
)
"""What may stand between a verb and the order that it is about, and leaves the whole amount meant."""
_ELSEWHERE = re.compile(
    r"\b(?:accounts?|iban|paypal|cash|cheque|check|(?:other|another|different|new) card)\b"
    r"|\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b",
    re.IGNORECASE,
)


DEFAULT_REASON = "requested by the customer"
_REASON = re.compile(
    r"\b(?:because(?: of)?|since|due to|owing to|as (?=(?:the|he|she|they|it|we|this|that)\b)|reason\s*:)\s*"
    r"(?P<why>[^\n]{3,300})",
    re.IGNORECASE,
)


class RefundInput(BaseModel):
    """What a refund needs; the amount is what is still refundable unless the person names one.

    ``referred`` says that the order was named earlier in the conversation, and not in this message.
    ``share`` is the part of it that they named in words, such as "half"; what it comes to is told back, as
    ``told_minor``, and ``agreed`` is their yes to it. ``partial`` says that they want less, or named several amounts,
    without it being clear how much; ``elsewhere``, that it was to go somewhere else than it came from.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    order_id: str
    amount_minor: int | None = Field(default=None)
    currency: str | None = None
    referred: bool = False
    share: str = ""
    told_minor: int | None = None
    agreed: bool = False
    partial: bool = False
    elsewhere: bool = False
    reason: str = DEFAULT_REASON
    ticket_id: str | None = None


def fill_refund(words: RequestText) -> Mapping[str, Any]:
    """The order, the amount and the ticket, from the message first and the conversation second.

    A message that names several orders fills none: one refund is about one order.
    """
    told = blank_foreign(words.text)
    now, before = extract_mentions(words.text, today=words.today), extract_mentions(words.earlier, today=words.today)
    found: dict[str, Any] = {}
    loose = _loose_numbers(words.text, now)
    orders, loose = _orders(words.text, now.ids_of("order"), loose)
    spoken_of = () if orders else before.ids_of("order")[-1:]
    if orders or spoken_of:
        found["referred"] = bool(spoken_of)
    orders = orders or spoken_of
    if len(orders) == 1:
        found["order_id"] = orders[0]
    if _ELSEWHERE.search(told):
        found["elsewhere"] = True
    if reason := _find_reason(words.text):
        found["reason"] = reason
    tickets = now.ids_of("ticket")
    if tickets:
        found["ticket_id"] = tickets[0]
    if _AGREED.fullmatch(words.text):
        return found | {"agreed": True}
    if (share := find_share(told)) and not [item for item in now.money if item.text.lower() not in share.words.lower()]:
        return found | {"share": share.words, "partial": False}
    if find_amount_doubt(told) or _names_unread_part(words.text, now):
        return found | {"partial": True, "share": ""}
    named = [(amount.amount, amount.ambiguous, amount.currency) for amount in now.money]
    named = named or [(*parse_amount(number), "") for number in loose]
    if not named and (spelled := parse_number_words(words.text.strip(" .!"))):  # "ten", to the question how much
        named = [(Decimal(spelled), False, "")]
    if len(named) == 1 and not named[0][1]:
        found["amount_minor"] = int(named[0][0].scaleb(2))
        if named[0][2]:
            found["currency"] = named[0][2]
    elif named or _PARTIAL.search(told):
        found |= {"partial": True, "share": ""}
    return found


def _find_reason(text: str) -> str | None:
    """Why, in the person's own words, up to the end of their sentence."""
    found = _REASON.search(text)
    return re.split(r"(?<=[.!?])\s", found["why"])[0].strip(" .,!") if found else None


def _names_unread_part(text: str, read: TypedMentions) -> bool:
    """Whether something stands between the verb and the order that was not understood ("just the packaging on")."""
    for between in _BETWEEN.finditer(text):
        start, end = between.span("part")
        part = list(text[start:end])
        spans = [(item.start, item.end) for item in read.money] + [(item.start, item.end) for item in read.percentages]
        for begins, ends in spans:
            for place in range(max(begins, start), min(ends, end)):
                part[place - start] = " "
        if any(not _PLAIN_WORD.fullmatch(word) for word in re.findall(r"[^\s,:;()]+", "".join(part))):
            return True
    return False


def _orders(text: str, named: tuple[str, ...], loose: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """The orders a message means, and the numbers that are none.

    Whole numbers of four digits or more are order numbers where no order is named otherwise ("refund 8871"), or where
    several are announced ("orders 8873 and 8874").
    """
    bare = [number for number in loose if _ORDER_NUMBER.fullmatch(number)]
    if named and not _SEVERAL.search(text):  # its number said once more is no amount
        return named, [item for item in loose if item not in bare or format_record_id("order", int(item)) not in named]
    known = dict.fromkeys([*named, *(format_record_id("order", int(number)) for number in bare)])
    return tuple(known), [number for number in loose if number not in bare]


def _loose_numbers(text: str, read: TypedMentions) -> list[str]:
    """Numbers that are no part of an id, an amount of money, a date, a percentage or a duration."""
    taken = [
        *((item.start, item.end) for item in read.ids),
        *((item.start, item.end) for item in read.money),
        *((item.start, item.end) for item in read.dates),
        *((item.start, item.end) for item in read.percentages),
        *((item.start, item.end) for item in read.durations),
    ]
    return [
        match.group()
        for match in _NUMBER.finditer(text)
        if not any(start < match.end() and match.start() < end for start, end in taken)
    ]
