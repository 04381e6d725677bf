"""These tools read a customer's account without personal data, and apart from it the way to reach the person."""

from datetime import date, timedelta
from typing import Any, Self

from pydantic import model_validator
from rapidfuzz import fuzz, process

from ....policies.domain.proposal import Effect
from ....policies.errors import BadInput
from ...connectors.port import SystemOfRecord
from ...extraction.name_matching import normalize_name
from ...spec import Arguments, Fields, Result, ToolContext, ToolSpec, split_paths, tool
from ..base.fields import Id, Limit, Query
from ..base.lookup import MAX_ROWS, require_record

RECENT_WINDOW = timedelta(days=90)
NAME_CUTOFF = 60


CUSTOMER_FIELDS: Fields = {
    "customer_id": "text",
    **dict.fromkeys(("account_manager", "employee_id"), "text?"),
    **dict.fromkeys(("refunds_90d", "vouchers_90d_minor"), "number"),
}


def count_refunds_90d(records: SystemOfRecord, customer_id: str, today: date) -> int:
    """How many refunds of this customer from the last 90 days stand."""
    recent = {"customer_id": customer_id, "created_on": (">=", today - RECENT_WINDOW), "status": ("!=", "cancelled")}
    return records.count("refund", where=recent)


def sum_vouchers_90d(records: SystemOfRecord, customer_id: str, today: date) -> int:
    """The sum of vouchers to this customer from the last 90 days that stand, in minor units."""
    recent = {"customer_id": customer_id, "created_on": (">=", today - RECENT_WINDOW), "status": ("!=", "cancelled")}
    return sum(row["amount_minor"] for row in records.find("voucher", where=recent, limit=MAX_ROWS))


def load_customer_facts(context: ToolContext, customer_id: str) -> dict[str, Any]:
    """What policy judges of a customer."""
    records = context.services.records
    row = require_record(records, "customer", customer_id)
    return {
        "customer_id": row["id"],
        "account_manager": row["account_manager"],
        "employee_id": row["employee_id"],
        "refunds_90d": count_refunds_90d(records, row["id"], context.today),
        "vouchers_90d_minor": sum_vouchers_90d(records, row["id"], context.today),
    }


def rank_names(query: str, names: dict[str, str], limit: int) -> list[tuple[str, int]]:
    """Ids whose names are like the query, best first, with a score up to 100; legal forms and accents do not count."""
    wanted = normalize_name(query)
    if not wanted:
        return []
    normal = {id: normalize_name(name) for id, name in names.items()}
    found = process.extract(wanted, normal, scorer=fuzz.WRatio, score_cutoff=NAME_CUTOFF, limit=None)
    # Names that differ only in the legal form score alike; then the form that was written decides.
    written = query.casefold()
    found.sort(key=lambda hit: (-hit[1], -fuzz.ratio(written, names[hit[2]].casefold()), hit[2]))
    return [(id, int(score)) for _, score, id in found[:limit]]


class CustomerQuery(Arguments):
    """Which customer."""

    customer_id: Id


class Customer(Result):
    """A customer's account, without the person."""

    customer_id: str
    name: str
    country: str
    tier: str
    segment: str
    account_manager: str
    since: date
    csat: int
    usage: int
    orders: int
    open_tickets: int
    refunds_90d: int


@tool(
    "customers.get",
    effect=Effect.READ,
    owner="support",
    system="customers",
    summary="Read customer {customer_id}",
    visible=split_paths(
        "customer_id name country tier account_manager since csat usage orders open_tickets refunds_90d"
    ),
)
def get_customer(args: CustomerQuery, context: ToolContext) -> Customer:
    """One customer account: name, tier, account manager, satisfaction, orders and recent refunds; no personal data."""
    records = context.services.records
    row = require_record(records, "customer", args.customer_id)
    names = ("name", "country", "tier", "segment", "account_manager", "since", "csat", "usage")
    here = {"customer_id": row["id"]}
    return Customer(
        customer_id=row["id"],
        **{name: row[name] for name in names},
        orders=records.count("order", where=here),
        open_tickets=records.count("ticket", where=here | {"status": ("in", ["open", "pending"])}),
        refunds_90d=count_refunds_90d(records, row["id"], context.today),
    )


class CustomerSearch(Arguments):
    """A name as somebody wrote it."""

    query: Query
    limit: Limit = 5


class CustomerMatch(Result):
    """A customer whose name is like the one asked for; ``score`` goes up to 100."""

    customer_id: str
    name: str
    account_manager: str
    score: int


class CustomerMatches(Result):
    """Customers, best match first."""

    customers: list[CustomerMatch]


@tool(
    "customers.search",
    effect=Effect.READ,
    owner="support",
    system="customers",
    summary="Find customer “{query}”",
    visible=split_paths("customers.customer_id customers.name customers.account_manager"),
)
def search_customers(args: CustomerSearch, context: ToolContext) -> CustomerMatches:
    """Customers whose name is like the query, best first; spelling mistakes and legal forms do not matter."""
    rows = {row["id"]: row for row in context.services.records.find("customer", limit=MAX_ROWS)}
    found = rank_names(args.query, {id: row["name"] for id, row in rows.items()}, args.limit)
    return CustomerMatches(
        customers=[
            CustomerMatch(
                customer_id=id, name=rows[id]["name"], account_manager=rows[id]["account_manager"], score=score
            )
            for id, score in found
        ]
    )


class ContactQuery(Arguments):
    """Whose contact data, and the ticket or order that it is needed for."""

    customer_id: Id
    ticket_id: Id | None = None
    order_id: Id | None = None

    @model_validator(mode="after")
    def _at_hand(self) -> Self:
        if self.ticket_id is None and self.order_id is None:
            raise ValueError("name the ticket or the order that the contact data is needed for")
        return self


class Contact(Result):
    """How to reach a customer: personal data."""

    customer_id: str
    contact: str
    email: str
    phone: str
    address: str


@tool(
    "customers.contact",
    effect=Effect.READ,
    owner="support",
    system="customers",
    summary="Read personal data of customer {customer_id} for {ticket_id} {order_id}",
    critical=("customer_id",),
    visible=split_paths("customer_id contact email phone address"),
)
def get_contact(args: ContactQuery, context: ToolContext) -> Contact:
    """A customer's name, e-mail, phone and address; needs a ticket or an order of this very customer at hand."""
    records = context.services.records
    row = require_record(records, "customer", args.customer_id)
    for kind, id in (("ticket", args.ticket_id), ("order", args.order_id)):
        if id is not None and require_record(records, kind, id)["customer_id"] != row["id"]:
            raise BadInput(f"The {kind} {id} is not about the customer {row['id']}; no contact data without a reason.")
    return Contact(customer_id=row["id"], **{name: row[name] for name in list(Contact.model_fields)[1:]})


TOOLS: tuple[ToolSpec, ...] = (get_customer, search_customers, get_contact)
