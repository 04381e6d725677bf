"""What the risk model knows of a supplier's invoice before anybody matched it, from the systems of record."""

from statistics import median

from ..company.records import Record, SystemOfRecord

FEATURES = {
    "total_minor": ("log", "the total"),
    "to_usual_percent": ("log", "the total against what this supplier usually bills"),
    "earlier_invoices": ("log", "how many invoices of this supplier came before"),
    "first_invoice": ("plain", "that it is this supplier's first"),
    "order_known": ("plain", "that it names an order of ours"),
    "same_amount_90d": ("plain", "that the same total was billed within 90 days"),
    "whole_hundreds": ("plain", "that the total is in whole hundreds"),
    "days_to_due": ("plain", "days between its date and its due date"),
    "days_underway": ("plain", "days between its date and its arrival"),
    "weekend": ("plain", "that it came on a weekend"),
    "foreign": ("plain", "that it is in another currency than ours"),
}
_MOST = 10_000


def invoice_values(records: SystemOfRecord, invoice: Record) -> dict[str, float]:
    """The features of an invoice as of the day it came."""
    came, total = invoice["received_on"], invoice["total_minor"]
    where = {"supplier_id": invoice["supplier_id"], "received_on": ("<=", came)}
    before = [
        row
        for row in records.find("invoice", where=where, limit=_MOST)
        if (row["received_on"], row["id"]) < (came, invoice["id"])
    ]
    usual = median(row["total_minor"] for row in before) if before else 0
    order = records.get("purchase_order", invoice["po_id"]) if invoice["po_id"] else None
    near = (row for row in before if (came - row["received_on"]).days <= 90)
    return {
        "total_minor": float(total),
        "to_usual_percent": min(100.0 * total / usual, 5000.0) if usual else 100.0,
        "earlier_invoices": float(len(before)),
        "first_invoice": float(not before),
        "order_known": float(order is not None and order["supplier_id"] == invoice["supplier_id"]),
        "same_amount_90d": float(any(row["total_minor"] == total for row in near)),
        "whole_hundreds": float(total % 10_000 == 0),
        "days_to_due": float((invoice["due_on"] - invoice["invoice_date"]).days),
        "days_underway": float((came - invoice["invoice_date"]).days),
        "weekend": float(came.weekday() >= 5),
        "foreign": float(invoice["currency"] != records.company().currency),
    }
