"""The kinds of record that the sample company keeps."""

from sqlalchemy import Connection, select

from ....policies.errors import StorageError
from ...connectors.port import CompanyInfo
from ...connectors.sql.schema import RecordKind, SqlSchema
from . import schema

_ALL = (
    RecordKind("employee", schema.employees),
    RecordKind(
        "customer", schema.customers, "CUS", changes=("contact", "email", "phone", "address", "tier", "account_manager")
    ),
    RecordKind("product", schema.products, "PRD"),
    RecordKind("order", schema.orders, "ORD", changes=("status",)),
    RecordKind("order_line", schema.order_lines),
    RecordKind("shipment", schema.shipments, "SHP", changes=("status", "delivered_on")),
    RecordKind("payment", schema.payments, "PAY", writable=True, changes=("status", "paid_on")),
    RecordKind("refund", schema.refunds, "REF", writable=True, changes=("status",)),
    RecordKind("voucher", schema.vouchers, "VOU", writable=True, changes=("status",)),
    RecordKind("supplier", schema.suppliers, "SUP", 3, changes=("email", "iban", "bic", "status")),
    RecordKind("purchase_order", schema.purchase_orders, "PO", changes=("status",)),
    RecordKind("purchase_order_line", schema.purchase_order_lines),
    RecordKind("goods_receipt", schema.goods_receipts, "GRN"),
    RecordKind("invoice", schema.invoices, "INV", changes=("status", "po_id", "posted_on", "posted_by", "paid_on")),
    RecordKind("invoice_line", schema.invoice_lines),
    RecordKind("invoice_event", schema.invoice_events, "EVT", writable=True),
    RecordKind("message", schema.messages, "MSG", writable=True, changes=("status",)),
    RecordKind("ticket", schema.tickets, "TCK", writable=True, changes=("status", "priority", "assignee", "closed_at")),
    RecordKind("ticket_comment", schema.ticket_comments, "COM", writable=True),
    RecordKind("contract", schema.contracts, "CON", changes=("status", "owner")),
    RecordKind("note", schema.notes, "NOT", writable=True),
    RecordKind("task", schema.tasks, "TSK", writable=True, changes=("status", "assignee", "due_on")),
    RecordKind("expense", schema.expenses, "EXP", writable=True, changes=("status", "approved_by")),
    RecordKind("access_request", schema.access_requests, "ACC", writable=True, changes=("status", "decided_by")),
    RecordKind("discount", schema.discounts, "DIS", writable=True, changes=("status", "approved_by")),
)
RECORD_KINDS: dict[str, RecordKind] = {kind.name: kind for kind in _ALL}
_COMPANY = select(schema.company)


def _read_company(connection: Connection) -> CompanyInfo:
    found = connection.execute(_COMPANY).first()
    if found is None:
        raise StorageError("The database holds no company; create one with `sample_business`.")
    return CompanyInfo(found.tenant, found.name, found.currency, found.today)


COMPANY_SCHEMA = SqlSchema(RECORD_KINDS, schema.counters, _read_company)
"""All of them, for a connector."""
