"""Refunds: money that goes back to a customer."""

from collections.abc import Mapping
from typing import Any

from ....policies.domain.proposal import Effect
from ....policies.errors import BadInput
from ...connectors.port import Record, SystemOfRecord
from ...spec import Arguments, Result, ToolContext, ToolSpec, tool
from ...summary import money
from ..base.fields import Currency, Id, Line, Minor
from ..base.idempotent import hold, move, moved, writing
from ..base.lookup import not_oneself, required
from .customers import customer_facts
from .orders import balance_of, order_facts

_REFUNDABLE = ("delivered", "lost")


class RefundOrder(Arguments):
    """How much goes back on which order."""

    order_id: Id
    amount_minor: Minor
    currency: Currency
    reason: Line


class Refund(Result):
    """A refund as it was recorded."""

    refund_id: str
    order_id: str
    customer_id: str
    amount_minor: int
    currency: str
    status: str


def _facts(args: RefundOrder, context: ToolContext) -> Mapping[str, Mapping[str, Any]]:
    order = required(context.services.records, "order", args.order_id)
    _same_currency(args, order)
    return {"order": order_facts(context, order), "customer": customer_facts(context, order["customer_id"])}


def _same_currency(args: RefundOrder, order: Record) -> None:
    if args.currency != order["currency"]:
        raise BadInput(
            f"The order {order['id']} was paid in {order['currency']}; it cannot be refunded in {args.currency}."
        )


def _refund(row: Record) -> Refund:
    fields = {name: row[name] for name in Refund.model_fields if name != "refund_id"}
    return Refund(refund_id=row["id"], **fields)


def _issued(_args: RefundOrder, context: ToolContext) -> Refund | None:
    row = context.services.records.by_key("refund", context.key)
    return _refund(row) if row else None


@tool(
    "refunds.issue",
    effect=Effect.WRITE,
    owner="support",
    system="payments",
    summary="Refund {amount_minor:money} {currency} on order {order_id}: {reason}",
    critical=("order_id", "amount_minor", "currency"),
    idempotent=True,
    facts=_facts,
    reconcile=_issued,
    undo_tool="refunds.cancel",
    undo=lambda _args, result: {"refund_id": result["refund_id"]},
)
def issue(args: RefundOrder, context: ToolContext) -> Refund:
    """Gives money back to the customer on a delivered or lost order, never more than was paid and not yet refunded.

    The refund is pending until the next payment run settles it; until then refunds.cancel takes it back.
    """
    with writing(context) as records:
        known = records.by_key("refund", context.key)
        if known is not None:
            return _refund(known)
        order = required(records, "order", args.order_id)
        hold(records, "order", order)  # before the sums: two refunds at once must see each other
        _check(records, context, args, order)
        row = {
            "order_id": order["id"],
            "customer_id": order["customer_id"],
            "amount_minor": args.amount_minor,
            "currency": order["currency"],
            "reason": args.reason,
            "status": "pending",
            "created_on": context.today,
            "created_by": context.principal.user_id,
        }
        return _refund(row | {"id": records.insert("refund", row, key=context.key)})


def _check(records: SystemOfRecord, context: ToolContext, args: RefundOrder, order: Record) -> None:
    _same_currency(args, order)
    not_oneself(context, order["placed_by"], f"Nobody refunds their own order, and {order['id']} is yours.")
    if order["status"] not in _REFUNDABLE:
        raise BadInput(f"The order {order['id']} is {order['status']}; only a delivered or lost one can be refunded.")
    left = balance_of(records, order["id"]).refundable
    if args.amount_minor > left:
        raise BadInput(
            f"At most {money(left)} {order['currency']} can still be refunded on {order['id']}; "
            f"{money(args.amount_minor)} is more."
        )


class RefundChoice(Arguments):
    """Which refund."""

    refund_id: Id


class RefundCancelled(Result):
    """A refund that was taken back."""

    refund_id: str
    status: str


def _facts_of_refund(args: RefundChoice, context: ToolContext) -> Mapping[str, Mapping[str, Any]]:
    row = required(context.services.records, "refund", args.refund_id)
    names = ("order_id", "customer_id", "amount_minor", "currency", "status", "created_by")
    return {"refund": {"refund_id": row["id"]} | {name: row[name] for name in names}}


def _cancelled(_args: RefundChoice, context: ToolContext) -> RefundCancelled | None:
    done = moved(context.services.records, context)
    return RefundCancelled(refund_id=done.id, status=done.after) if done else None


@tool(
    "refunds.cancel",
    effect=Effect.WRITE,
    owner="support",
    system="payments",
    summary="Cancel refund {refund_id}",
    critical=("refund_id",),
    idempotent=True,
    facts=_facts_of_refund,
    reconcile=_cancelled,
)
def cancel(args: RefundChoice, context: ToolContext) -> RefundCancelled:
    """Takes back a refund that is still pending; one that was paid out cannot be taken back."""
    done = move(context, "refund", args.refund_id, "cancelled", allowed=("pending",))
    return RefundCancelled(refund_id=done.id, status=done.after)


TOOLS: tuple[ToolSpec, ...] = (issue, cancel)
