"""These handlers tell where an order is, and what to do about a complaint."""

import re
from collections.abc import Mapping
from typing import Any

from ....policies.domain.proposal import Provenance
from ...language.formatting import (
    format_bullets,
    format_count,
    format_day,
    format_minor_amount,
    format_record,
    format_words,
)
from ...language.request_values import find_record_numbers
from ...steps import Ask, Call, Calls, Finish, StepContext, StepResult
from ...workflows.engine.handler import Handler, HandlerRequest

READING = "support-handbook#2.1"
GOODWILL, PASS_ON = "support-handbook#4.2", "support-handbook#5.1"
_LAWYER = re.compile(r"\b(?:lawyer|court|sue|legal action|attorney|solicitor)\b", re.IGNORECASE)
_WANTS_VOUCHER = re.compile(r"\b(?:voucher|goodwill|coupon|compensat\w+)\b", re.IGNORECASE)


def find_order(case: StepContext[HandlerRequest]) -> StepResult:
    """Read the order, or list those of a customer."""
    said = case.input
    if orders := find_record_numbers("order", said.text):
        calls = [
            Call(f"order.{id}", "orders.get", {"order_id": id}, {"order_id": Provenance.USER}) for id in orders[:3]
        ]
        return Calls(tuple(calls))
    if customers := find_record_numbers("customer", said.text):
        args = {"customer_id": customers[0], "limit": 10}
        return Calls.of(
            Call("list", "orders.search", args, {"customer_id": Provenance.USER, "limit": Provenance.TRUSTED})
        )
    if earlier := find_record_numbers("order", "", said.earlier):
        return Calls.of(
            Call(f"order.{earlier[0]}", "orders.get", {"order_id": earlier[0]}, {"order_id": Provenance.USER})
        )
    return Ask(
        "Which order? Tell me its number, for example ORD-8841, or the customer's, for example CUS-0042.", "order_id"
    )


def tell_order(case: StepContext[HandlerRequest]) -> Finish:
    """Say how the orders stand."""
    if "list" in case.outcomes:
        return case.stop("list", "list the orders") or _list_orders(case.value("list"))
    failed = [stop for key in case.outcomes if (stop := case.stop(key, f"look up {key.partition('.')[2]}"))]
    orders = [case.value(key) for key in case.outcomes if case.has(key)]
    if not orders:
        return failed[0]
    text = "\n\n".join([*map(describe_order, orders), *(stop.text for stop in failed)])
    cited = tuple(order["order_id"] for order in orders)
    return Finish(text, citations=cited, data={"orders": [_facts(order) for order in orders]})


def describe_order(order: Mapping[str, Any]) -> str:
    """An order in words: status, money, parcels, what was bought and given back."""
    money = order["currency"]
    when = f", delivered on {format_day(order['delivered_on'])}" if order["delivered_on"] else ""
    head = (
        f"**{order['order_id']}** of {format_record(order['customer'], order['customer_id'])}, ordered on "
        f"{format_day(order['ordered_on'])}, is **{format_words(order['status'])}**{when}."
    )
    lines = [
        f"Paid {format_minor_amount(order['paid_minor'], money)} of "
        f"{format_minor_amount(order['total_minor'], money)}; "
        f"given back {format_minor_amount(order['refunded_minor'], money)}."
    ]
    lines += [
        f"{item['shipment_id']} with {item['carrier']}, tracking {item['tracking']}: "
        f"{format_words(item['status'])}, sent on "
        f"{format_day(item['shipped_on'])}"
        + (f", delivered on {format_day(item['delivered_on'])}." if item["delivered_on"] else ".")
        for item in order["shipments"]
    ] or ["No parcel has left yet."]
    lines += [
        f"{item['quantity']} × {item['description']}, {format_minor_amount(item['amount_minor'], money)}"
        for item in order["lines"][:8]
    ]
    lines += [
        f"Refund {item['refund_id']}: {format_minor_amount(item['amount_minor'], money)}, "
        f"{format_words(item['status'])}"
        for item in order["refunds"][:5]
    ]
    return f"{head}\n{format_bullets(lines)}"


def hear_complaint(case: StepContext[HandlerRequest]) -> StepResult:
    """Look up what the complaint is about, when it says so."""
    calls = tuple(
        Call(kind, tool, {f"{kind}_id": id}, {f"{kind}_id": Provenance.USER})
        for kind, tool in (("order", "orders.get"), ("ticket", "tickets.get"), ("customer", "customers.get"))
        for id in find_record_numbers(kind, case.input.text)[:1]
    )
    return Calls(calls) if calls else _apologise(case)


def answer_complaint(case: StepContext[HandlerRequest]) -> StepResult:
    """Say what is known and what can be offered; give a voucher only when it was asked for."""
    from .vouchers import give_voucher, tell_voucher

    if _WANTS_VOUCHER.search(case.input.text):
        return tell_voucher(case) if "voucher" in case.outcomes else give_voucher(case)
    return _apologise(case)


def _apologise(case: StepContext[HandlerRequest]) -> Finish:
    text = case.input.text
    lines, cited = [], [GOODWILL]
    if case.has("order"):
        order = case.value("order")
        lines.append(describe_order(order))
        cited.append(order["order_id"])
        if order["refundable_minor"] and order["status"] in ("delivered", "lost"):
            left = format_minor_amount(order["refundable_minor"], order["currency"])
            lines.append(f"A refund of up to {left} is open; say “refund {order['order_id']}” to start it.")
    if case.has("ticket"):
        ticket = case.value("ticket")
        lines.append(
            f"{ticket['ticket_id']} is {format_words(ticket['status'])} and with {ticket['assignee'] or 'nobody yet'}."
        )
        cited.append(ticket["ticket_id"])
    if case.has("customer"):
        customer = case.value("customer")
        lines.append(f"{customer['customer_id']} has {format_count(customer['open_tickets'], 'open ticket')}.")
        cited.append(customer["customer_id"])
    lines += [
        case.outcome(key).message
        for key in ("order", "ticket", "customer")
        if key in case.outcomes and not case.has(key)
    ]
    if _LAWYER.search(text):
        lines.append(f"A threat of legal action goes to legal ({PASS_ON}).")
        cited.append(PASS_ON)
    if not case.outcomes:
        lines.append("Which order or ticket is it about? With its number I can look it up.")
    offer = (
        "Where something went wrong on our side, a goodwill voucher of up to 25.00 EUR needs "
        f"no approval ({GOODWILL}); say so if you want one."
    )
    text = "\n\n".join(
        ["I am sorry about this; thank you for saying so plainly. I changed nothing yet.", *lines, offer]
    )
    return Finish(text, citations=tuple(dict.fromkeys(cited)))


def _list_orders(found: Mapping[str, Any]) -> Finish:
    rows = found["orders"]
    lines = [
        f"{row['order_id']}: {format_words(row['status'])}, ordered on {format_day(row['ordered_on'])}, "
        f"{format_minor_amount(row['total_minor'], row['currency'])}"
        for row in rows
    ]
    text = (
        f"{format_count(found['total'], 'order')}, newest first:\n{format_bullets(lines, total=found['total'])}"
        if rows
        else "There are no orders."
    )
    return Finish(
        text,
        citations=tuple(row["order_id"] for row in rows[:10]),
        data={"orders": list(rows), "total": found["total"]},
    )


def _facts(order: Mapping[str, Any]) -> dict[str, Any]:
    names = (
        "order_id",
        "customer_id",
        "status",
        "delivered_on",
        "paid_minor",
        "refunded_minor",
        "refundable_minor",
        "currency",
    )
    return {name: order[name] for name in names}


ORDER_STATUS = Handler(find_order, tell_order)
COMPLAINT = Handler(hear_complaint, answer_complaint, writes=("vouchers.issue",))
