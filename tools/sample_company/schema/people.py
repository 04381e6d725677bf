"""These tables hold whom the company deals with and who works for it."""

from sqlalchemy import Table

from ...connectors.sql.columns import day, flag, idempotency_key, key, listing, minor, prose, whole, words
from .metadata import metadata

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
    words("email"),
    words("phone"),
    words("address"),
    words("country"),
    words("tier"),
    words("segment"),
    words("account_manager"),
    words("employee_id", null=True),
    whole("csat"),
    whole("usage"),
    day("since"),
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
    idempotency_key(),
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
    idempotency_key(),
)
