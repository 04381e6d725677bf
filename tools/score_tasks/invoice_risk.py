"""This task scores whether a supplier's invoice turns out to be wrong.

Invoices are compared roughly with the order and the receipts as a whole; the three-way match line by line is another
tool's work.
"""

from collections.abc import Iterator, Mapping
from statistics import median
from typing import Any

from ..connectors.business import PastCase
from ..connectors.port import BusinessRecord, SystemOfRecord
from ..scoring.features import FeatureValues
from ..scoring.task import LearningTask, ReviewedCase, Target
from ..spec import ToolContext
from .models import MADE_UP, MODELS

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


def load_invoice_call(args: Any, context: ToolContext) -> FeatureValues | None:
    """The features of the invoice that a call names."""
    invoice_id = getattr(args, "invoice_id", None)
    return load_invoice_case(context.services.records, invoice_id) if invoice_id else None


def load_invoice_case(records: SystemOfRecord, invoice_id: str) -> FeatureValues | None:
    """The features of an invoice, by its id."""
    invoice = records.get("invoice", invoice_id)
    return None if invoice is None else load_invoice_features(records, invoice)


def read_invoice_review(_tool: str, args: Mapping[str, Any], kind: str, _message: str) -> ReviewedCase | None:
    """What a review of a call about an invoice says of it."""
    if "invoice_id" not in args:
        return None
    return ReviewedCase(str(args["invoice_id"]), {"approved": "0", "rejected": "1"}.get(kind, ""))


def list_recent_invoices(records: SystemOfRecord, most: int) -> Iterator[FeatureValues]:
    """The features of the invoices that came last."""
    for row in records.find("invoice", order_by="-received_on", limit=most):
        yield load_invoice_features(records, row)


def _simple_risk(case: PastCase) -> float:
    values = case.values
    return max(1 - values["order_known"], values["same_amount_90d"], float(values["over_order_percent"] > 2))


INVOICE_RISK = LearningTask(
    name="invoice_risk",
    asks="that a supplier's invoice turns out to be wrong",
    owner="controller",
    features=INVOICE_FEATURES,
    target=Target(auc=780, calibration=60),
    baseline=_simple_risk,
    baseline_words="no order of ours, the same total within 90 days, or more than 2 % above the order",
    limits=("It is no three-way match line by line; it only says where to look first.",),
    model=MODELS / "invoice_risk.json",
    model_note=MADE_UP,
    score_call=load_invoice_call,
    load_case=load_invoice_case,
    record="invoice",
    party="supplier_id",
    stated_by=frozenset({"finance_clerk", "controller", "cfo"}),
    state_case=load_invoice_features,
    read_review=read_invoice_review,
    list_lately=list_recent_invoices,
)
