"""The tables of the sample company, portable between SQLite and PostgreSQL.

Money is an integer in minor units beside a currency. A column marked ``confidential`` is never selected, filtered
or written through the port; one marked ``personal`` or ``bank`` may be, and policy decides who sees it.
References are plain text, not foreign keys: a supplier's invoice may name an order that does not exist, and
finding that out is the work of the three-way match.
"""

from sqlalchemy import Column, Date, Integer, MetaData, String, Table

from .columns import day, flag, key, listing, minor, moment, once, prose, whole, words

TENANT = "halden-birch"
COMPANY_NAME = "Halden & Birch"
BASE_CURRENCY = "EUR"

metadata = MetaData()

company = Table(
    "company",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("name", String(250), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("today", Date, nullable=False),
    Column("seed", Integer, nullable=False),
    Column("schema_version", Integer, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("kind", String(64), primary_key=True),
    Column("last", Integer, nullable=False),
)

employees = Table(
    "employees",
    metadata,
    key("user_id"),
    words("name"),
    words("job"),
    listing("roles"),
    listing("teams"),
    words("manager", null=True),
    words("person"),
    words("email"),
    minor("limit_minor"),
    minor("salary_minor", confidential=True),
    flag("active"),
)

customers = Table(
    "customers",
    metadata,
    key(),
    words("name", index=True),
    words("contact"),
    words("email", personal=True),
    words("phone", personal=True),
    words("address", personal=True),
    words("country"),
    words("tier"),
    words("segment"),
    words("account_manager"),
    words("employee_id", null=True),
    whole("csat"),
    whole("usage"),
    day("since"),
)

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
    once(),
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
    once(),
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
    once(),
)

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
    words("iban", bank=True),
    words("bic", bank=True),
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
    once(),
)

messages = Table(
    "messages",
    metadata,
    key(),
    words("direction"),  # "in" is written by outsiders, "out" by us
    words("party_kind"),
    words("party_id", index=True),
    words("about_kind", null=True),
    words("about_id", null=True, index=True),
    words("subject"),
    prose("body"),
    words("status"),
    words("author"),
    moment("at"),
    once(),
)

tickets = Table(
    "tickets",
    metadata,
    key(),
    words("customer_id", index=True),
    words("order_id", null=True, index=True),
    words("channel"),
    words("subject"),
    prose("body"),
    words("topic"),
    words("status", index=True),
    words("priority"),
    words("assignee", null=True),
    moment("opened_at"),
    moment("closed_at", null=True),
    whole("csat", null=True),
)

ticket_comments = Table(
    "ticket_comments",
    metadata,
    key(),
    words("ticket_id", index=True),
    words("author"),
    flag("public"),
    prose("body"),
    moment("at"),
    once(),
)

contracts = Table(
    "contracts",
    metadata,
    key(),
    words("title"),
    words("type"),
    words("counterparty", index=True),
    words("customer_id", null=True),
    words("supplier_id", null=True),
    minor("value_minor"),
    words("currency"),
    day("starts_on"),
    day("ends_on"),
    flag("auto_renew"),
    whole("renewal_months"),
    day("renews_on", null=True, index=True),
    whole("notice_days"),
    words("status"),  # draft, in_review, approved, sent, active, expired
    words("owner"),
    prose("text"),
)

notes = Table(
    "notes",
    metadata,
    key(),
    words("about_kind"),
    words("about_id", index=True),
    words("author"),
    prose("body"),
    moment("at"),
    once(),
)

tasks = Table(
    "tasks",
    metadata,
    key(),
    words("title"),
    prose("detail"),
    words("about_kind", null=True),
    words("about_id", null=True, index=True),
    words("assignee", index=True),
    words("created_by"),
    words("status"),
    day("due_on", null=True),
    once(),
)

expenses = Table(
    "expenses",
    metadata,
    key(),
    words("employee_id", index=True),
    words("category"),
    words("description"),
    minor("amount_minor"),
    words("currency"),
    day("spent_on"),
    words("status"),
    words("approved_by", null=True),
    once(),
)

access_requests = Table(
    "access_requests",
    metadata,
    key(),
    words("employee_id", index=True),
    words("system"),
    words("level"),
    prose("reason"),
    words("status"),
    day("requested_on"),
    words("decided_by", null=True),
    once(),
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
    once(),
)
