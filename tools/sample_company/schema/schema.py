"""The schema holds all tables of the sample company, portable between SQLite and PostgreSQL.

Money is an integer in minor units beside a currency. A column marked ``confidential`` is never selected, filtered
or written through the port; one marked ``personal`` or ``bank`` may be, and policy decides who sees it.
References are plain text, not foreign keys: a supplier's invoice may name an order that does not exist, and
finding that out is the work of the three-way match.
"""

from sqlalchemy import Column, Date, Integer, String, Table

from ...connectors.sql.columns import make_counters
from .metadata import metadata
from .people import access_requests, customers, employees, expenses
from .purchasing import (
    goods_receipts,
    invoice_events,
    invoice_lines,
    invoices,
    purchase_order_lines,
    purchase_orders,
    suppliers,
)
from .sales import discounts, order_lines, orders, payments, products, refunds, shipments, vouchers
from .service_desk import contracts, messages, notes, tasks, ticket_comments, tickets

TENANT = "halden-birch"
COMPANY_NAME = "Halden & Birch"
BASE_CURRENCY = "EUR"

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


counters = make_counters(metadata)


__all__ = [
    "BASE_CURRENCY",
    "COMPANY_NAME",
    "TENANT",
    "access_requests",
    "company",
    "contracts",
    "counters",
    "customers",
    "discounts",
    "employees",
    "expenses",
    "goods_receipts",
    "invoice_events",
    "invoice_lines",
    "invoices",
    "messages",
    "metadata",
    "notes",
    "order_lines",
    "orders",
    "payments",
    "products",
    "purchase_order_lines",
    "purchase_orders",
    "refunds",
    "shipments",
    "suppliers",
    "tasks",
    "ticket_comments",
    "tickets",
    "vouchers",
]
