"""These handlers answer questions about invoices and purchase orders, post an invoice, and release its payment.

Questions are answered from the records. Policy says who must sign an act.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from ....policies.domain.proposal import Provenance
from ...language.formatting import (
    format_bullets,
    format_day,
    format_minor_amount,
    format_plain_name,
    format_record,
    format_words,
)
from ...language.party_names import find_party_names
from ...language.request_values import (
    MoneyAmount,
    Problem,
    find_record_numbers,
    name_record_to_change,
    parse_day,
    parse_request_amount,
)
from ...steps import Ask, Call, Calls, Finish, StepContext, StepResult
from ...workflows.engine.handler import Handler, HandlerRequest

READING = "finance-handbook#2.1"
_STATUS = (
    (re.compile(r"\b(?:stuck|exceptions?|blocked|on hold|held)\b", re.IGNORECASE), "stuck"),
    (re.compile(r"\b(?:posted|waiting for payment)\b", re.IGNORECASE), "posted"),
    (re.compile(r"\b(?:received|new)\b", re.IGNORECASE), "received"),
    (re.compile(r"\bpaid\b", re.IGNORECASE), "paid"),
)
_OVERDUE = re.compile(r"\b(?:overdue|past due|late)\b", re.IGNORECASE)
_DUE_SOON = re.compile(
    r"\bdue\b.{0,20}\b(?P<when>today|tomorrow|this week|next week|this month|next (?P<n>\d{1,3}) days)\b", re.IGNORECASE
)
_OPEN = re.compile(r"\b(?:open|unpaid|outstanding|owe|due)\b", re.IGNORECASE)
_UNPAID = ("stuck", "received", "posted")
_OVER = re.compile(r"\b(?:above|over|more than|exceeding|larger than)\b", re.IGNORECASE)


def look_up_invoice(case: StepContext[HandlerRequest]) -> StepResult:
    """Read the record that is named, or search by supplier, status and due date."""
    said = case.input
    if ids := find_record_numbers("invoice", said.text):
        return Calls(
            tuple(
                Call(f"invoice.{id}", "invoices.get", {"invoice_id": id}, {"invoice_id": Provenance.USER})
                for id in ids[:3]
            )
        )
    if ids := find_record_numbers("purchase order", said.text):
        return Calls.of(Call("order", "purchase_orders.get", {"po_id": ids[0]}, {"po_id": Provenance.USER}))
    if find_record_numbers("payment", said.text):
        return Finish(
            "I cannot look up a payment by its own number; name its invoice, for example INV-1042.", "stopped"
        )
    if re.search(r"\b(?:it|this|that)\b", said.text) and (ids := find_record_numbers("invoice", "", said.earlier)):
        return Calls.of(
            Call(f"invoice.{ids[0]}", "invoices.get", {"invoice_id": ids[0]}, {"invoice_id": Provenance.USER})
        )
    wanted = _conditions(case)
    if isinstance(wanted, Ask):
        return wanted
    if _OPEN.search(said.text) and "status" not in wanted:
        return Calls(tuple(_search(f"list.{status}", wanted | {"status": status}) for status in _UNPAID))
    return Calls.of(_search("list", wanted))


def _search(key: str, wanted: Mapping[str, Any]) -> Call:
    origin = dict.fromkeys(wanted, Provenance.USER) | {"limit": Provenance.TRUSTED}
    return Call(key, "invoices.search", {**wanted, "limit": 50}, origin)


def tell_invoice(case: StepContext[HandlerRequest]) -> StepResult:
    """Say what was asked of the records."""
    if lists := [key for key in case.outcomes if key.partition(".")[0] == "list"]:
        return case.stop(lists[0], "search the invoices") or _list_invoices(case, lists)
    if "order" in case.outcomes:
        return case.stop("order", "look at the purchase order") or _order(case.value("order"))
    failed = [stop for key in case.outcomes if (stop := case.stop(key, f"look at {key.partition('.')[2]}"))]
    found = [case.value(key) for key in case.outcomes if case.has(key)]
    if not found:
        return failed[0]
    text = "\n\n".join([*map(describe_invoice, found), *(stop.text for stop in failed)])
    return Finish(
        text, citations=tuple(row["invoice_id"] for row in found), data={"invoices": [_facts(row) for row in found]}
    )


def describe_invoice(invoice: Mapping[str, Any]) -> str:
    """An invoice in words."""
    money = invoice["currency"]
    late = f", {invoice['days_overdue']} days overdue" if invoice["days_overdue"] else ""
    lines = [
        f"net {format_minor_amount(invoice['net_minor'], money)}, VAT "
        f"{format_minor_amount(invoice['vat_minor'], money)}",
        f"dated {format_day(invoice['invoice_date'])}, received {format_day(invoice['received_on'])}, due "
        f"{format_day(invoice['due_on'])}{late}",
        f"purchase order: {invoice['po_id'] or 'none named'}",
    ]
    lines.append(
        f"posted {format_day(invoice['posted_on'])} by {invoice['posted_by']}" if invoice["posted_on"] else "not posted"
    )
    lines.append(f"paid {format_day(invoice['paid_on'])}" if invoice["paid_on"] else "not paid")
    head = (
        f"**{invoice['invoice_id']}** from {format_plain_name(invoice['supplier'])} over "
        f"**{format_minor_amount(invoice['total_minor'], money)}** is **{format_words(invoice['status'])}**."
    )
    return f"{head}\n{format_bullets(lines)}"


def _conditions(case: StepContext[HandlerRequest]) -> dict[str, Any] | Ask:
    text, today = case.input.text, case.today
    wanted: dict[str, Any] = {}
    if suppliers := find_record_numbers("supplier", text):
        wanted["supplier_id"] = suppliers[0]
    elif names := find_party_names(text):
        wanted["supplier"] = names[0][:200]
    if _OVERDUE.search(text):
        wanted["overdue"] = True
    else:
        wanted |= next(({"status": status} for pattern, status in _STATUS if pattern.search(text)), {})
    if soon := _DUE_SOON.search(text):
        wanted |= dict(zip(("due_from", "due_to"), _window(soon, today), strict=True))
    elif "due" in text or "before" in text:
        until = parse_day(text, today)
        if isinstance(until, Problem):
            return Ask(until.words, "day")
        if until:
            wanted["due_to"] = until.isoformat()
    if isinstance(limit := parse_request_amount(text), Problem):
        return Ask(limit.words, "amount")
    if isinstance(limit, MoneyAmount) and _OVER.search(text):
        wanted |= {"above_minor": limit.minor, "currency": limit.currency}
    if (
        not wanted
        and not isinstance(limit, MoneyAmount)
        and not re.search(r"\b(?:invoices|bills|all)\b", text, re.IGNORECASE)
    ):
        return Ask("Which invoice or supplier do you mean? For example INV-1042.", "invoice_id")
    return wanted


def _window(soon: re.Match[str], today: date) -> tuple[str, str]:
    when = soon["when"].lower()
    monday = today - timedelta(days=today.weekday())
    start, end = {
        "today": (today, today),
        "tomorrow": (today + timedelta(days=1),) * 2,
        "this week": (monday, monday + timedelta(days=6)),
        "next week": (monday + timedelta(days=7), monday + timedelta(days=13)),
        "this month": (
            today.replace(day=1),
            (today.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1),
        ),
    }.get(when, (today, today + timedelta(days=int(soon["n"] or 0))))
    return start.isoformat(), end.isoformat()


def _list_invoices(case: StepContext[HandlerRequest], lists: list[str]) -> Finish:
    found = [case.value(key) for key in lists if case.has(key)]
    rows = sorted(
        (row for part in found for row in part["invoices"]), key=lambda row: (row["due_on"], row["invoice_id"])
    )
    total = sum(part["total"] for part in found)
    lines = [
        f"{row['invoice_id']} from {format_record(row['supplier'], row['supplier_id'])}: "
        f"{format_minor_amount(row['total_minor'], row['currency'])}, {format_words(row['status'])}, "
        f"due {format_day(row['due_on'])}" + (f", {row['days_overdue']} days overdue" if row["days_overdue"] else "")
        for row in rows
    ]
    head = "**1** invoice" if total == 1 else f"**{total}** invoices, those due first at the front"
    text = f"{head}:\n{format_bullets(lines, most=15, total=total)}" if rows else "No invoice fits."
    return Finish(text, citations=(READING,), data={"total": total, "invoices": [row["invoice_id"] for row in rows]})


def _order(order: Mapping[str, Any]) -> Finish:
    lines = [
        f"{line['quantity']} × {line['description']} at "
        f"{format_minor_amount(line['unit_minor'], order['currency'])}, {line['received']} received"
        for line in order["lines"]
    ]
    text = (
        f"**{order['po_id']}** with {format_record(order['supplier'], order['supplier_id'])}, ordered "
        f"{format_day(order['ordered_on'])} by {order['ordered_by']}, "
        f"{format_minor_amount(order['net_minor'], order['currency'])} net, is **{format_words(order['status'])}**; "
        f"invoices: "
        f"{', '.join(order['invoices']) or 'none'}.\n{format_bullets(lines)}"
    )
    return Finish(
        text,
        citations=(order["po_id"],),
        data={"order": {name: order[name] for name in ("po_id", "status", "invoices")}},
    )


def _facts(invoice: Mapping[str, Any]) -> dict[str, Any]:
    names = (
        "invoice_id",
        "supplier_id",
        "status",
        "total_minor",
        "currency",
        "due_on",
        "posted_on",
        "paid_on",
        "po_id",
    )
    return {name: invoice[name] for name in names}


INVOICE_QUESTION = Handler(look_up_invoice, tell_invoice)


POSTING, RELEASE = "finance-handbook#3.2", "finance-handbook#4.1"


def _identify_invoice(case: StepContext[HandlerRequest], doing: str) -> str | Ask:
    question = f"Which invoice should be {doing}? Tell me its number, for example INV-1042."
    ids = name_record_to_change("invoice", question, case.input.text, case.input.earlier)
    if isinstance(ids, Ask):
        return ids
    return ids[0] if len(ids) == 1 else Ask(f"One at a time, please: {' or '.join(ids)}?", "invoice_id")


def begin_post(case: StepContext[HandlerRequest]) -> StepResult:
    """Match first, so that the reviewer sees why it may be posted."""
    found = _identify_invoice(case, "posted")
    if isinstance(found, Ask):
        return found
    return Calls.of(Call("match", "invoices.match", {"invoice_id": found}, {"invoice_id": Provenance.USER}))


def tell_post(case: StepContext[HandlerRequest]) -> StepResult:
    """Put the posting to policy, then say what came of it."""
    if stop := case.stop("match", "post the invoice"):
        return stop
    match = case.value("match")
    if "posting" not in case.outcomes:
        kinds = ", ".join(map(format_words, match["kinds"]))
        args = {
            "invoice_id": match["invoice_id"],
            "note": f"Exceptions: {kinds}" if kinds else "Three-way match without exception",
        }
        return Calls.of(
            Call("posting", "invoices.post", args, {"invoice_id": Provenance.USER, "note": Provenance.TRUSTED})
        )
    facts = format_bullets([f"{format_words(item['kind'])}: {item['words']}" for item in match["exceptions"]])
    if stop := case.stop("posting", f"post {match['invoice_id']}"):
        return Finish("\n\n".join(filter(None, [stop.text, facts])), stop.status, (match["invoice_id"], POSTING))
    done = case.value("posting")
    text = f"**{done['invoice_id']}** over {format_minor_amount(done['total_minor'], done['currency'])} is posted."
    return Finish(
        "\n\n".join(filter(None, [text, facts])), citations=(done["invoice_id"], POSTING), data={"posting": dict(done)}
    )


def begin_release(case: StepContext[HandlerRequest]) -> StepResult:
    """Put the payment to policy: it always needs a controller."""
    found = _identify_invoice(case, "paid")
    if isinstance(found, Ask):
        return found
    return Calls.of(Call("payment", "payments.release", {"invoice_id": found}, {"invoice_id": Provenance.USER}))


def tell_release(case: StepContext[HandlerRequest]) -> Finish:
    """Say what came of it."""
    if stop := case.stop("payment", "release the payment"):
        return Finish(stop.text, stop.status, (RELEASE,))
    paid = case.value("payment")
    text = (
        f"**{format_minor_amount(paid['amount_minor'], paid['currency'])}** were released for "
        f"{paid['invoice_id']} ({paid['payment_id']})."
    )
    return Finish(text, citations=(paid["invoice_id"], paid["payment_id"], RELEASE), data={"payment": dict(paid)})


POST_INVOICE = Handler(
    begin_post, tell_post, writes=("invoices.post",), answered_by=("invoice_question", "finance_policy_question")
)
PAYMENT_RELEASE = Handler(
    begin_release,
    tell_release,
    writes=("payments.release",),
    answered_by=("invoice_question", "finance_policy_question"),
)
