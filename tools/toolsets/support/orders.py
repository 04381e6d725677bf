"""These tools read orders: what was bought, paid, delivered and given back."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from ....policies.domain.proposal import Effect
from ...connectors.port import BusinessRecord, SystemOfRecord
from ...spec import Arguments, Fields, Result, ToolContext, ToolSpec, split_paths, tool
from ..base.fields import Id, Limit
from ..base.lookup import MAX_ROWS, find_human, get_party_name, require_record

NOT_DELIVERED = -1


ORDER_FIELDS: Fields = {
    **dict.fromkeys(("order_id", "status", "customer_id", "currency"), "text"),
    **dict.fromkeys(("placed_by", "placed_by_human"), "text?"),
    **dict.fromkeys(("paid_minor", "refunded_minor", "refundable_minor", "days_since_delivery"), "number"),
}


@dataclass(frozen=True, slots=True)
class Balance:
    """What was paid for an order and what of it was given back, in minor units of the order's currency."""

    paid: int
    refunded: int

    @property
    def refundable(self) -> int:
        """What may still be given back."""
        return max(0, self.paid - self.refunded)


def compute_balance(records: SystemOfRecord, order_id: str) -> Balance:
    """The balance of an order: captured payments, and refunds that were not cancelled."""
    paid = records.find(
        "payment", where={"order_id": order_id, "direction": "in", "status": "captured"}, limit=MAX_ROWS
    )
    back = records.find("refund", where={"order_id": order_id, "status": ("!=", "cancelled")}, limit=MAX_ROWS)
    return Balance(sum(row["amount_minor"] for row in paid), sum(row["amount_minor"] for row in back))


def compute_days_since_delivery(order: BusinessRecord, today: date) -> int:
    """Whole days since delivery; 0 for a lost order, whose time has not begun; -1 when it was not delivered."""
    if order["status"] == "lost":
        return 0
    if order["delivered_on"] is None:
        return NOT_DELIVERED
    return int((today - order["delivered_on"]).days)


def load_order_facts(context: ToolContext, order: BusinessRecord) -> dict[str, Any]:
    """What policy judges of an order."""
    balance = compute_balance(context.services.records, order["id"])
    return {
        "order_id": order["id"],
        "status": order["status"],
        "customer_id": order["customer_id"],
        "placed_by": order["placed_by"],
        "placed_by_human": find_human(context, order["placed_by"]),
        "paid_minor": balance.paid,
        "refunded_minor": balance.refunded,
        "refundable_minor": balance.refundable,
        "currency": order["currency"],
        "days_since_delivery": compute_days_since_delivery(order, context.today),
    }


class OrderQuery(Arguments):
    """Which order."""

    order_id: Id


class OrderLine(Result):
    """One position of an order."""

    product_id: str
    description: str
    quantity: int
    unit_minor: int
    amount_minor: int


class Shipment(Result):
    """One parcel."""

    shipment_id: str
    carrier: str
    tracking: str
    status: str
    shipped_on: date
    delivered_on: date | None


class OrderRefund(Result):
    """Money that went back, or is about to."""

    refund_id: str
    amount_minor: int
    status: str
    created_on: date


class Order(Result):
    """An order with its money and its parcels; amounts in minor units of ``currency``."""

    order_id: str
    customer_id: str
    customer: str
    status: str
    ordered_on: date
    delivered_on: date | None
    days_since_delivery: int
    currency: str
    total_minor: int
    paid_minor: int
    refunded_minor: int
    refundable_minor: int
    lines: list[OrderLine]
    shipments: list[Shipment]
    refunds: list[OrderRefund]


@tool(
    "orders.get",
    effect=Effect.READ,
    owner="support",
    system="orders",
    summary="Read order {order_id}",
    visible=split_paths(
        "order_id customer_id status ordered_on delivered_on days_since_delivery currency total_minor paid_minor "
        "refunded_minor refundable_minor lines.description lines.quantity lines.unit_minor lines.amount_minor "
        "shipments refunds"
    ),
)
def get_order(args: OrderQuery, context: ToolContext) -> Order:
    """One order: status, positions, parcels, what was paid, refunded and can still be refunded."""
    records = context.services.records
    order = require_record(records, "order", args.order_id)
    here = {"order_id": order["id"]}
    balance = compute_balance(records, order["id"])
    return Order(
        order_id=order["id"],
        customer_id=order["customer_id"],
        customer=get_party_name(records, "customer", order["customer_id"]),
        status=order["status"],
        ordered_on=order["ordered_on"],
        delivered_on=order["delivered_on"],
        days_since_delivery=compute_days_since_delivery(order, context.today),
        currency=order["currency"],
        total_minor=order["total_minor"],
        paid_minor=balance.paid,
        refunded_minor=balance.refunded,
        refundable_minor=balance.refundable,
        lines=[
            OrderLine(**{name: row[name] for name in OrderLine.model_fields})
            for row in records.find("order_line", where=here, order_by="line_no", limit=500)
        ],
        shipments=[
            Shipment(shipment_id=row["id"], **{name: row[name] for name in list(Shipment.model_fields)[1:]})
            for row in records.find("shipment", where=here, order_by="shipped_on", limit=100)
        ],
        refunds=[
            OrderRefund(refund_id=row["id"], **{name: row[name] for name in list(OrderRefund.model_fields)[1:]})
            for row in records.find("refund", where=here, order_by="created_on", limit=100)
        ],
    )


class OrderSearch(Arguments):
    """Conditions; all that are given must hold."""

    customer_id: Id | None = None
    status: Id | None = None
    ordered_from: date | None = None
    ordered_to: date | None = None
    limit: Limit = 20


class OrderRow(Result):
    """An order in a list."""

    order_id: str
    customer_id: str
    status: str
    ordered_on: date
    delivered_on: date | None
    total_minor: int
    currency: str


class OrderRows(Result):
    """Orders, newest first; ``total`` counts all that match, also those beyond the limit."""

    orders: list[OrderRow]
    total: int


@tool(
    "orders.search",
    effect=Effect.READ,
    owner="support",
    system="orders",
    summary="Search orders of {customer_id}",
    visible=split_paths(
        "orders.order_id orders.customer_id orders.status orders.ordered_on orders.delivered_on orders.total_minor "
        "orders.currency total"
    ),
)
def search_orders(args: OrderSearch, context: ToolContext) -> OrderRows:
    """Orders by customer, status (placed, shipped, delivered, lost, cancelled) and order date; newest first."""
    records = context.services.records
    where: dict[str, Any] = {}
    if args.customer_id is not None:
        where["customer_id"] = require_record(records, "customer", args.customer_id)["id"]
    if args.status is not None:
        where["status"] = args.status
    since = where | ({"ordered_on": (">=", args.ordered_from)} if args.ordered_from else {})
    found = records.find("order", where=since, order_by=("-ordered_on", "-id"), limit=MAX_ROWS)
    kept = [row for row in found if args.ordered_to is None or row["ordered_on"] <= args.ordered_to]
    rows = [
        OrderRow(order_id=row["id"], **{name: row[name] for name in list(OrderRow.model_fields)[1:]})
        for row in kept[: args.limit]
    ]
    return OrderRows(orders=rows, total=len(kept))


TOOLS: tuple[ToolSpec, ...] = (get_order, search_orders)
