"""These tables hold what is sold and what follows from it."""

from sqlalchemy import Table

from ...connectors.sql.columns import day, idempotency_key, key, minor, whole, words
from .metadata import metadata

products = Table(
    "products",
    metadata,
    key(),
    words("name"),
    words("category"),
    minor("price_minor"),
    minor("cost_minor"),
    words("currency"),
    whole("vat_percent"),
    whole("stock"),
)

orders = Table(
    "orders",
    metadata,
    key(),
    words("customer_id", index=True),
    words("placed_by", null=True),
    words("status", index=True),
    day("ordered_on"),
    day("delivered_on", null=True, index=True),
    minor("total_minor"),
    words("currency"),
)

order_lines = Table(
    "order_lines",
    metadata,
    key(),
    words("order_id", index=True),
    whole("line_no"),
    words("product_id"),
    words("description"),
    whole("quantity"),
    minor("unit_minor"),
    minor("amount_minor"),
)

shipments = Table(
    "shipments",
    metadata,
    key(),
    words("order_id", index=True),
    words("carrier"),
    words("tracking"),
    words("status"),
    day("shipped_on"),
    day("delivered_on", null=True),
)

payments = Table(
    "payments",
    metadata,
    key(),
    words("direction"),  # "in" from a customer, "out" to a supplier
    words("order_id", null=True, index=True),
    words("invoice_id", null=True, index=True),
    minor("amount_minor"),
    words("currency"),
    words("method"),
    words("status"),
    day("paid_on", null=True),
    words("created_by", null=True),
    idempotency_key(),
)

refunds = Table(
    "refunds",
    metadata,
    key(),
    words("order_id", index=True),
    words("customer_id", index=True),
    minor("amount_minor"),
    words("currency"),
    words("reason"),
    words("status"),
    day("created_on"),
    words("created_by"),
    idempotency_key(),
)

vouchers = Table(
    "vouchers",
    metadata,
    key(),
    words("customer_id", index=True),
    words("ticket_id", null=True),
    minor("amount_minor"),
    words("currency"),
    words("reason"),
    words("status"),
    day("created_on"),
    day("expires_on"),
    words("created_by"),
    idempotency_key(),
)

discounts = Table(
    "discounts",
    metadata,
    key(),
    words("customer_id", index=True),
    whole("percent_bp"),  # hundredths of a per cent: 500 is 5 %
    words("reason"),
    words("status"),
    day("valid_from"),
    day("valid_to"),
    words("created_by"),
    words("approved_by", null=True),
    idempotency_key(),
)
