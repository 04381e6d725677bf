"""This module gathers the papers of an invoice, and what policy judges of it."""

from typing import Any

from ...connectors.port import BusinessRecord, SystemOfRecord
from ...spec import Fields, ToolContext
from ..base.lookup import MAX_ROWS, find_human, require_record
from .three_way_match import (
    Mismatch,
    Paperwork,
    compare_paperwork,
    compute_days_overdue,
    drop_repeated_bills,
    is_same_bill,
)

INVOICE_FIELDS: Fields = {
    **dict.fromkeys(("invoice_id", "supplier_id", "status", "currency"), "text"),
    **dict.fromkeys(("posted_by", "posted_by_human"), "text?"),
    **dict.fromkeys(("total_minor", "days_overdue"), "number"),
    "exceptions": "texts",
}


def load_paperwork(records: SystemOfRecord, invoice: BusinessRecord) -> Paperwork:
    """Everything that this invoice is matched against."""
    lines = records.find("invoice_line", where={"invoice_id": invoice["id"]}, order_by="line_no", limit=500)
    order = records.get("purchase_order", invoice["po_id"]) if invoice["po_id"] else None
    before = records.find(
        "invoice",
        where={"supplier_id": invoice["supplier_id"], "received_on": ("<=", invoice["received_on"])},
        order_by=("received_on", "id"),
        limit=MAX_ROWS,
    )
    place = (invoice["received_on"], invoice["id"])
    earlier = [row for row in before if (row["received_on"], row["id"]) < place]
    here = {"po_id": order["id"]} if order else {}
    siblings = [
        row["id"]
        for row in drop_repeated_bills(earlier)
        if order and row["po_id"] == order["id"] and not is_same_bill(row, invoice)
    ]
    products = [line["product_id"] for line in lines]
    return Paperwork(
        invoice=invoice,
        lines=lines,
        order=order,
        order_lines=records.find("purchase_order_line", where=here, limit=500) if order else (),
        receipts=records.find("goods_receipt", where=here, limit=MAX_ROWS) if order else (),
        earlier=earlier,
        billed_before=records.find("invoice_line", where={"invoice_id": ("in", siblings)}, limit=MAX_ROWS)
        if siblings
        else (),
        rates={row["id"]: row["vat_percent"] for row in records.find("product", where={"id": ("in", products)})},
    )


def find_mismatches(context: ToolContext, records: SystemOfRecord, invoice: BusinessRecord) -> tuple[Mismatch, ...]:
    """What is wrong with an invoice today."""
    return compare_paperwork(load_paperwork(records, invoice), context.today)


def list_kinds(found: tuple[Mismatch, ...]) -> list[str]:
    """The kinds of what is wrong, each once, the gravest first."""
    return list(dict.fromkeys(item.kind for item in found))


def load_invoice_facts(context: ToolContext, invoice_id: str) -> dict[str, Any]:
    """What policy judges of an invoice."""
    records = context.services.records
    invoice = require_record(records, "invoice", invoice_id)
    return {
        "invoice_id": invoice["id"],
        "supplier_id": invoice["supplier_id"],
        "status": invoice["status"],
        "total_minor": invoice["total_minor"],
        "currency": invoice["currency"],
        "posted_by": invoice["posted_by"],
        "posted_by_human": find_human(context, invoice["posted_by"]),
        "exceptions": list_kinds(find_mismatches(context, records, invoice)),
        "days_overdue": compute_days_overdue(invoice, context.today),
    }
