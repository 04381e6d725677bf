"""Gathering the papers of an invoice, and what policy judges of it."""

from typing import Any

from ...connectors.port import Record, SystemOfRecord
from ...spec import ToolContext
from ..base.lookup import MOST, human_of, required
from .three_way_match import Mismatch, Paperwork, days_overdue, match, same_bill, without_repeats


def papers_of(records: SystemOfRecord, invoice: Record) -> Paperwork:
    """Everything that this invoice is matched against."""
    lines = records.find("invoice_line", where={"invoice_id": invoice["id"]}, order_by="line_no", limit=500)
    order = records.get("purchase_order", invoice["po_id"]) if invoice["po_id"] else None
    before = records.find(
        "invoice",
        where={"supplier_id": invoice["supplier_id"], "received_on": ("<=", invoice["received_on"])},
        order_by=("received_on", "id"),
        limit=MOST,
    )
    place = (invoice["received_on"], invoice["id"])
    earlier = [row for row in before if (row["received_on"], row["id"]) < place]
    here = {"po_id": order["id"]} if order else {}
    siblings = [
        row["id"]
        for row in without_repeats(earlier)
        if order and row["po_id"] == order["id"] and not same_bill(row, invoice)
    ]
    products = [line["product_id"] for line in lines]
    return Paperwork(
        invoice=invoice,
        lines=lines,
        order=order,
        order_lines=records.find("purchase_order_line", where=here, limit=500) if order else (),
        receipts=records.find("goods_receipt", where=here, limit=MOST) if order else (),
        earlier=earlier,
        billed_before=records.find("invoice_line", where={"invoice_id": ("in", siblings)}, limit=MOST)
        if siblings
        else (),
        rates={row["id"]: row["vat_percent"] for row in records.find("product", where={"id": ("in", products)})},
    )


def mismatches(context: ToolContext, records: SystemOfRecord, invoice: Record) -> tuple[Mismatch, ...]:
    """What is wrong with an invoice today."""
    return match(papers_of(records, invoice), context.today)


def kinds_of(found: tuple[Mismatch, ...]) -> list[str]:
    """The kinds of what is wrong, each once, the gravest first."""
    return list(dict.fromkeys(item.kind for item in found))


def invoice_facts(context: ToolContext, invoice_id: str) -> dict[str, Any]:
    """What policy judges of an invoice."""
    records = context.services.records
    invoice = required(records, "invoice", invoice_id)
    return {
        "invoice_id": invoice["id"],
        "supplier_id": invoice["supplier_id"],
        "status": invoice["status"],
        "total_minor": invoice["total_minor"],
        "currency": invoice["currency"],
        "posted_by": invoice["posted_by"],
        "posted_by_human": human_of(context, invoice["posted_by"]),
        "exceptions": kinds_of(mismatches(context, records, invoice)),
        "days_overdue": days_overdue(invoice, context.today),
    }
