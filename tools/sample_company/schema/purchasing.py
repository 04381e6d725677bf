"""These tables hold what is bought: suppliers, orders, receipts, invoices."""

from sqlalchemy import Table

from ...connectors.sql.columns import day, idempotency_key, key, minor, moment, prose, whole, words
from .metadata import metadata

suppliers = Table(
    "suppliers",
    metadata,
    key(),
    words("name", index=True),
    words("email"),
    words("phone"),
    words("address"),
    words("country"),
    words("currency"),
    words("vat_id"),
    words("iban"),
    words("bic"),
    whole("terms_days"),
    words("status"),
)

purchase_orders = Table(
    "purchase_orders",
    metadata,
    key(),
    words("supplier_id", index=True),
    words("status"),
    day("ordered_on"),
    words("ordered_by"),
    minor("net_minor"),
    words("currency"),
)

purchase_order_lines = Table(
    "purchase_order_lines",
    metadata,
    key(),
    words("po_id", index=True),
    whole("line_no"),
    words("product_id"),
    words("description"),
    whole("quantity"),
    minor("unit_minor"),
    minor("net_minor"),
    whole("vat_percent"),
)

goods_receipts = Table(
    "goods_receipts",
    metadata,
    key(),
    words("po_id", index=True),
    whole("line_no"),
    words("product_id"),
    whole("quantity"),
    day("received_on"),
    words("received_by"),
)

invoices = Table(
    "invoices",
    metadata,
    key(),
    words("supplier_id", index=True),
    words("number"),
    words("po_id", null=True, index=True),
    words("status", index=True),  # received, stuck, posted, paid
    day("invoice_date"),
    day("received_on"),
    day("due_on", index=True),
    day("posted_on", null=True),
    day("paid_on", null=True),
    words("posted_by", null=True),
    minor("net_minor"),
    minor("vat_minor"),
    minor("total_minor"),
    words("currency"),
)

invoice_lines = Table(
    "invoice_lines",
    metadata,
    key(),
    words("invoice_id", index=True),
    whole("line_no"),
    words("product_id"),
    words("description"),
    whole("quantity"),
    minor("unit_minor"),
    minor("net_minor"),
    whole("vat_percent"),
    minor("vat_minor"),
)

invoice_events = Table(
    "invoice_events",
    metadata,
    key(),
    words("invoice_id", index=True),
    words("event"),
    prose("detail"),
    words("actor"),
    moment("at"),
    idempotency_key(),
)
