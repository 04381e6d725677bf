"""This tool reads purchase orders and what was received on them."""

from datetime import date

from ....policies.domain.proposal import Effect
from ...spec import Arguments, Result, ToolContext, ToolSpec, split_paths, tool
from ..base.fields import Id
from ..base.lookup import MAX_ROWS, get_party_name, require_record


class PurchaseOrderQuery(Arguments):
    """Which purchase order."""

    po_id: Id


class OrderedLine(Result):
    """One position, with what has come in."""

    line_no: int
    product_id: str
    description: str
    quantity: int
    received: int
    unit_minor: int
    net_minor: int
    vat_percent: int


class GoodsReceipt(Result):
    """Goods that came in."""

    receipt_id: str
    line_no: int
    product_id: str
    quantity: int
    received_on: date
    received_by: str


class PurchaseOrder(Result):
    """A purchase order; amounts in minor units of ``currency``."""

    po_id: str
    supplier_id: str
    supplier: str
    status: str
    ordered_on: date
    ordered_by: str
    net_minor: int
    currency: str
    lines: list[OrderedLine]
    receipts: list[GoodsReceipt]
    invoices: list[str]


@tool(
    "purchase_orders.get",
    effect=Effect.READ,
    owner="finance",
    system="ledger",
    summary="Read order {po_id}",
    visible=split_paths(
        "po_id supplier_id supplier status ordered_on ordered_by net_minor currency lines.line_no "
        "lines.description lines.quantity lines.received lines.unit_minor lines.net_minor lines.vat_percent "
        "receipts.receipt_id receipts.line_no receipts.quantity receipts.received_on receipts.received_by invoices"
    ),
)
def get_purchase_order(args: PurchaseOrderQuery, context: ToolContext) -> PurchaseOrder:
    """One purchase order: what was ordered at which price, what was received, and which invoices name it."""
    records = context.services.records
    row = require_record(records, "purchase_order", args.po_id)
    here = {"po_id": row["id"]}
    receipts = records.find("goods_receipt", where=here, order_by="received_on", limit=MAX_ROWS)
    names = [name for name in OrderedLine.model_fields if name != "received"]
    return PurchaseOrder(
        po_id=row["id"],
        supplier=get_party_name(records, "supplier", row["supplier_id"]),
        **{name: row[name] for name in set(PurchaseOrder.model_fields) & set(row)},
        lines=[
            OrderedLine(
                **{name: line[name] for name in names},
                received=sum(item["quantity"] for item in receipts if item["line_no"] == line["line_no"]),
            )
            for line in records.find("purchase_order_line", where=here, order_by="line_no", limit=500)
        ],
        receipts=[
            GoodsReceipt(receipt_id=item["id"], **{name: item[name] for name in list(GoodsReceipt.model_fields)[1:]})
            for item in receipts
        ],
        invoices=[item["id"] for item in records.find("invoice", where=here, limit=100)],
    )


TOOLS: tuple[ToolSpec, ...] = (get_purchase_order,)
