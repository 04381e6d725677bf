"""These tables hold what people write: tickets and their messages, contracts, notes and tasks."""

from sqlalchemy import Table

from ...connectors.sql.columns import day, flag, idempotency_key, key, minor, moment, prose, whole, words
from .metadata import metadata

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
    idempotency_key(),
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
    idempotency_key(),
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
    idempotency_key(),
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
    idempotency_key(),
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
    idempotency_key(),
)
