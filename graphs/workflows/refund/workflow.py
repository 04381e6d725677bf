"""A refund goes from order to payment and ticket; written policy decides, and this only lays out the work."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from ....policies.domain.proposal import Provenance
from ....tools.extraction.extract import TypedMentions, extract_mentions
from ....tools.extraction.identifiers import format_record_id
from ....tools.extraction.money import parse_amount
from ....tools.summary import format_minor_units
from ...steps import Ask, Call, Calls, Finish, StepContext, StepResult
from ..engine.workflow import RequestText, Workflow

HANDBOOK = "support-handbook#3.2"
_PARTIAL = re.compile(r"\b(?:half|part|partial(?:ly)?|some|third|quarter|percent)\b|%", re.IGNORECASE)
_SEVERAL = re.compile(r"\borders\b", re.IGNORECASE)
_ORDER_NUMBER = re.compile(r"\d{4,7}")
_NUMBER = re.compile(r"(?<![\w.,-])\d[\d.,']*(?<![.,'])(?!\w)")


class RefundInput(BaseModel):
    """What a refund needs; the amount is what is still refundable unless the person names one.

    ``partial`` says that they want less, or named several amounts, without it being clear how much.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    order_id: str
    amount_minor: int | None = Field(default=None)
    currency: str | None = None
    partial: bool = False
    reason: str = "requested by the customer"
    ticket_id: str | None = None


def fill_refund(words: RequestText) -> Mapping[str, Any]:
    """The order, the amount and the ticket, from the message first and the conversation second.

    A message that names several orders fills none: one refund is about one order.
    """
    now, before = extract_mentions(words.text, today=words.today), extract_mentions(words.earlier, today=words.today)
    found: dict[str, Any] = {}
    loose = _loose_numbers(words.text, now)
    orders, loose = _orders(words.text, now.ids_of("order"), loose)
    orders = orders or before.ids_of("order")[-1:]
    if len(orders) == 1:
        found["order_id"] = orders[0]
    tickets = now.ids_of("ticket") or before.ids_of("ticket")[-1:]
    if tickets:
        found["ticket_id"] = tickets[0]
    named = [(amount.amount, amount.ambiguous, amount.currency) for amount in now.money]
    named = named or [(*parse_amount(number), "") for number in loose]
    if len(named) == 1 and not named[0][1]:
        found["amount_minor"] = int(named[0][0].scaleb(2))
        if named[0][2]:
            found["currency"] = named[0][2]
    elif named or _PARTIAL.search(words.text):
        found["partial"] = True
    return found


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


def look_up(case: StepContext[RefundInput]) -> StepResult:
    """Read the order, and the ticket when there is one."""
    calls = [Call("order", "orders.get", {"order_id": case.input.order_id}, {"order_id": Provenance.USER})]
    if case.input.ticket_id:
        calls.append(Call("ticket", "tickets.get", {"ticket_id": case.input.ticket_id}, {"ticket_id": Provenance.USER}))
    return Calls(tuple(calls))


def pay_back(case: StepContext[RefundInput]) -> StepResult:
    """Propose the refund; policy lets it through, asks for signatures, or denies it."""
    if stop := case.stop("order", f"look at order {case.input.order_id}"):
        return stop
    order = case.value("order")
    asked = case.input.amount_minor
    amount = order["refundable_minor"] if asked is None else asked
    how_much = (
        f"How much of {format_minor_units(order['refundable_minor'])} {order['currency']} should go back on "
        f"{order['order_id']}?"
    )
    if asked is None and case.input.partial:
        return Ask(how_much, "amount_minor")
    if asked is not None and asked <= 0:
        return Ask(f"{format_minor_units(asked)} cannot be refunded. {how_much}", "amount_minor")
    if amount <= 0:
        paid, back = format_minor_units(order["paid_minor"]), format_minor_units(order["refunded_minor"])
        unit = order["currency"]
        return Finish(
            f"Nothing is left to refund on {order['order_id']}: of {paid} {unit} paid, {back} {unit} went back.",
            status="stopped",
            citations=(order["order_id"], "support-handbook#3.3"),
        )
    args = {
        "order_id": order["order_id"],
        "amount_minor": amount,
        "currency": case.input.currency or order["currency"],
        "reason": case.input.reason,
    }
    provenance = {
        "order_id": Provenance.USER,
        "amount_minor": Provenance.TRUSTED if asked is None else Provenance.USER,
        "currency": Provenance.USER if case.input.currency else Provenance.TRUSTED,
        "reason": Provenance.TRUSTED,
    }
    return Calls.of(Call("refund", "refunds.issue", args, provenance))


def tell_ticket(case: StepContext[RefundInput]) -> StepResult | None:
    """Note the refund on the ticket."""
    if stop := case.stop("refund", f"refund order {case.input.order_id}"):
        return stop
    if not case.has("ticket"):
        return None
    refund = case.value("refund")
    paid = f"{format_minor_units(refund['amount_minor'])} {refund['currency']}"
    body = f"Refunded {paid} on {refund['order_id']} ({refund['refund_id']})."
    args = {"ticket_id": case.value("ticket")["ticket_id"], "body": body}
    return Calls.of(Call("comment", "tickets.comment", args, dict.fromkeys(args, Provenance.TRUSTED)))


def report_refund(case: StepContext[RefundInput]) -> StepResult:
    """Say what was done."""
    refund = case.value("refund")
    paid = f"{format_minor_units(refund['amount_minor'])} {refund['currency']}"
    lines = [f"Refunded **{paid}** on {refund['order_id']} ({refund['refund_id']})."]
    if "comment" in case.outcomes:
        noted = case.outcome("comment")
        ticket = case.value("ticket")["ticket_id"]
        lines.append(f"Noted on {ticket}." if noted.ok else f"The note on {ticket} was not written: {noted.message}")
    citations = (refund["order_id"], refund["refund_id"], HANDBOOK)
    return Finish(" ".join(lines), citations=citations, data={"refund": dict(refund)})


REFUND = Workflow(
    name="refund",
    version="1",
    owner="support-operations",
    title="Refund an order",
    input=RefundInput,
    fill=fill_refund,
    steps=(look_up, pay_back, tell_ticket, ("report", report_refund)),
    questions={"order_id": "Which order should be refunded? One at a time; tell me its number, for example ORD-8841."},
    writes=("refunds.issue", "tickets.comment"),
)
