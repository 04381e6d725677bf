"""Features are what the score models know of a refund, an invoice or a ticket, from the call and the records.

Invoices are compared roughly with the order and the receipts as a whole; the three-way match line by line is another
tool's work. A ticket is its words and pairs of words, for models that must say which words moved them.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from itertools import pairwise
from statistics import median
from typing import Any

from ..connectors.port import BusinessRecord, SystemOfRecord
from ..spec import ToolContext

MAX_CHARACTERS_SCORED = 20_000
_WORD = re.compile(r"[a-zäöüß']+")
_ID = re.compile(r"\b[a-z]{2,4}-\d+\b")


def extract_word_features(text: str) -> dict[str, float]:
    """Which words and neighbouring pairs stand in a text; each counts once, ids and numbers do not count.

    Only the first 20,000 characters are read, so that a long text costs no more than a page.
    """
    plain = _ID.sub(" ", text[:MAX_CHARACTERS_SCORED].lower())
    found: dict[str, float] = {}
    for sentence in re.split(r"[.!?;:\n]+", plain):
        words = [word.strip("'") for word in _WORD.findall(sentence)]
        words = [word for word in words if word]
        found.update(dict.fromkeys(words, 1.0))
        found.update((f"{first} {second}", 1.0) for first, second in pairwise(words))
    if text.count("!") >= 2:
        found["(exclamation marks)"] = 1.0
    return found


INVOICE_FEATURES = {
    "total_minor": ("log", "the total"),
    "to_usual_percent": ("log", "the total against what this supplier usually bills"),
    "earlier_invoices": ("log", "how many invoices of this supplier came before"),
    "first_invoice": ("plain", "that it is this supplier's first"),
    "order_known": ("plain", "that it names an order of ours"),
    "over_order_percent": ("log", "by how much it is above the order, in per cent"),
    "vat_gap_percent": ("log", "how far its tax is from the order's, in points"),
    "not_received_percent": ("log", "the share of what is billed that has not come in"),
    "same_amount_90d": ("plain", "that the same total was billed within 90 days"),
    "whole_hundreds": ("plain", "that the total is in whole hundreds"),
    "days_to_due": ("plain", "days between its date and its due date"),
    "days_underway": ("plain", "days between its date and its arrival"),
    "weekend": ("plain", "that it came on a weekend"),
    "foreign": ("plain", "that it is in another currency than ours"),
}
_MAX_INVOICES = 10_000


def load_invoice_features(records: SystemOfRecord, invoice: BusinessRecord) -> dict[str, float]:
    """The features of an invoice as of the day it came."""
    came, total = invoice["received_on"], invoice["total_minor"]
    where = {"supplier_id": invoice["supplier_id"], "received_on": ("<=", came)}
    before = [
        row
        for row in records.find("invoice", where=where, limit=_MAX_INVOICES)
        if (row["received_on"], row["id"]) < (came, invoice["id"])
    ]
    usual = median(row["total_minor"] for row in before) if before else 0
    order = records.get("purchase_order", invoice["po_id"]) if invoice["po_id"] else None
    ours = order is not None and order["supplier_id"] == invoice["supplier_id"]
    over, gap, missing = _compare_with_order(records, invoice) if ours else (0.0, 0.0, 0.0)
    near = (row for row in before if (came - row["received_on"]).days <= 90)
    return {
        "total_minor": float(total),
        "to_usual_percent": min(100.0 * total / usual, 5000.0) if usual else 100.0,
        "earlier_invoices": float(len(before)),
        "first_invoice": float(not before),
        "order_known": float(ours),
        "over_order_percent": over,
        "vat_gap_percent": gap,
        "not_received_percent": missing,
        "same_amount_90d": float(any(row["total_minor"] == total for row in near)),
        "whole_hundreds": float(total % 10_000 == 0),
        "days_to_due": float((invoice["due_on"] - invoice["invoice_date"]).days),
        "days_underway": float((came - invoice["invoice_date"]).days),
        "weekend": float(came.weekday() >= 5),
        "foreign": float(invoice["currency"] != records.company().currency),
    }


def _compare_with_order(records: SystemOfRecord, invoice: BusinessRecord) -> tuple[float, float, float]:
    """By how much an invoice is above its order, how far its tax is off, and what share of it has not come in."""
    ordered = records.find("purchase_order_line", where={"po_id": invoice["po_id"]}, limit=500)
    billed = records.find("invoice_line", where={"invoice_id": invoice["id"]}, limit=500)
    came = records.find(
        "goods_receipt",
        where={"po_id": invoice["po_id"], "received_on": ("<=", invoice["received_on"])},
        limit=_MAX_INVOICES,
    )
    net = {row["product_id"]: row["unit_minor"] for row in ordered}
    agreed = sum(row["quantity"] * net.get(row["product_id"], 0) for row in billed)
    over = 100 * (invoice["net_minor"] / agreed - 1) if agreed else 0.0
    rates = {row["product_id"]: row["vat_percent"] for row in ordered}
    tax = sum(row["net_minor"] * rates.get(row["product_id"], row["vat_percent"]) for row in billed)
    gap = abs(100 * invoice["vat_minor"] - tax) / invoice["net_minor"] if invoice["net_minor"] else 0.0
    pieces = {row["product_id"]: 0 for row in billed}
    for row in came:
        pieces[row["product_id"]] = pieces.get(row["product_id"], 0) + row["quantity"]
    short = sum(max(0, row["quantity"] - pieces[row["product_id"]]) for row in billed)
    whole = sum(row["quantity"] for row in billed)
    return max(0.0, min(over, 500.0)), min(gap, 50.0), 100 * short / whole if whole else 0.0


FeatureValues = Mapping[str, float]


def load_refund_call(args: Any, context: ToolContext) -> FeatureValues | None:
    """The features of a call that pays money back on an order."""
    order_id, amount = getattr(args, "order_id", None), getattr(args, "amount_minor", None)
    if not order_id or not isinstance(amount, int):
        return None
    records = context.services.records
    order = records.get("order", order_id)
    reason = str(getattr(args, "reason", "") or "")
    return None if order is None else load_refund_features(records, context.today, order, amount, reason)


def load_invoice_call(args: Any, context: ToolContext) -> FeatureValues | None:
    """The features of the invoice that a call names."""
    invoice_id = getattr(args, "invoice_id", None)
    records = context.services.records
    invoice = records.get("invoice", invoice_id) if invoice_id else None
    return None if invoice is None else load_invoice_features(records, invoice)


def load_ticket_call(args: Any, context: ToolContext) -> FeatureValues | None:
    """The words of the ticket that a call names."""
    ticket_id = getattr(args, "ticket_id", None)
    return load_ticket_features(context.services.records, ticket_id) if ticket_id else None


def load_ticket_features(records: SystemOfRecord, ticket_id: str) -> FeatureValues | None:
    """The words that a customer wrote in a ticket."""
    ticket = records.get("ticket", ticket_id)
    return None if ticket is None else extract_ticket_words(ticket)


def extract_ticket_words(ticket: BusinessRecord) -> FeatureValues:
    """The words of a ticket that is at hand."""
    return extract_word_features(f"{ticket['subject']}. {ticket['body']}")


REFUND_FEATURES = {
    "amount_minor": ("log", "the amount of the refund"),
    "share_percent": ("plain", "the share of what was paid that would go back"),
    "days_since_delivery": ("plain", "days since the delivery"),
    "refunds_90d": ("plain", "refunds of this customer within 90 days"),
    "refund_rate_percent": ("plain", "refunds for each hundred orders of this customer"),
    "customer_days": ("log", "how long this has been a customer, in days"),
    "never_came": ("plain", "that the goods are said never to have come"),
    "against_delivery": ("plain", "that the carrier's delivery speaks against it"),
    "complained": ("plain", "that there is a ticket about the order"),
    "by_card": ("plain", "that it was paid by card"),
}
_NEVER_CAME = re.compile(
    r"\b(?:never|not)\s+(?:been\s+)?(?:came|come|arriv\w*|received|delivered|got|shown? up)|\bempty (?:box|parcel)"
    r"|\bdid ?n[o']t (?:arrive|come|get|receive)|\b(?:missing|lost) (?:parcel|package|delivery)",
    re.IGNORECASE,
)
_MAX_REFUNDS = 10_000


def load_refund_features(
    records: SystemOfRecord, today: date, order: BusinessRecord, amount_minor: int, reason: str
) -> dict[str, float]:
    """The features of a refund that is asked for today.

    Args:
        reason: as it was given; what it says of the goods' not coming counts, nothing else of it.
    """
    customer_id = order["customer_id"]
    customer = records.get("customer", customer_id) or {}
    paid = records.find("payment", where={"order_id": order["id"], "direction": "in", "status": "captured"}, limit=500)
    total = sum(row["amount_minor"] for row in paid)
    back = records.find("refund", where={"customer_id": customer_id, "status": ("!=", "cancelled")}, limit=_MAX_REFUNDS)
    orders = records.count("order", where={"customer_id": customer_id})
    lost = order["status"] == "lost"
    never = lost or _NEVER_CAME.search(reason) is not None
    delivered = order["delivered_on"]
    since = customer.get("since")
    return {
        "amount_minor": float(amount_minor),
        "share_percent": 100.0 * amount_minor / total if total > 0 else 100.0,
        "days_since_delivery": 0.0 if lost or delivered is None else float((today - delivered).days),
        "refunds_90d": float(sum((today - row["created_on"]).days <= 90 for row in back)),
        "refund_rate_percent": 100.0 * len(back) / max(orders, 1),
        "customer_days": float(max((today - since).days, 0)) if since else 0.0,
        "never_came": float(never),
        "against_delivery": float(never and not lost),
        "complained": float(records.count("ticket", where={"order_id": order["id"]}) > 0),
        "by_card": float(any(row["method"] == "card" for row in paid)),
    }


FEATURE_SOURCES: Mapping[str, Callable[[Any, ToolContext], FeatureValues | None]] = {
    "fraud": load_refund_call,
    "invoice_risk": load_invoice_call,
    "sentiment": load_ticket_call,
    "urgency": load_ticket_call,
}
FEATURE_MEANINGS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "fraud": REFUND_FEATURES,
    "invoice_risk": INVOICE_FEATURES,
    "sentiment": {},
    "urgency": {},
}


def describe_feature(task: str, feature: str) -> str:
    """What a feature is, in words; a word stands for itself."""
    known = FEATURE_MEANINGS.get(task, {})
    return known[feature][1] if feature in known else f"“{feature}”"
