"""These tools issue refunds, money that goes back to a customer, and cancel them."""

from collections.abc import Mapping
from typing import Any

from ....policies.domain.proposal import Effect
from ....policies.errors import BadInput
from ...asked_as import AskedAs
from ...connectors.port import BusinessRecord, SystemOfRecord
from ...spec import Arguments, Fields, Result, ToolContext, ToolSpec, split_paths, tool
from ...summary import format_minor_units
from ..base.fields import Currency, Id, Line, Minor
from ..base.idempotent import begin_change, change_status, find_status_change, lock_record
from ..base.lookup import require_other_person, require_record
from .customers import CUSTOMER_FIELDS, load_customer_facts
from .orders import ORDER_FIELDS, compute_balance, load_order_facts

_REFUNDABLE = ("delivered", "lost")


REFUND_FIELDS: Fields = {
    **dict.fromkeys(("refund_id", "order_id", "customer_id", "currency", "status"), "text"),
    "created_by": "text?",
    "amount_minor": "number",
}


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
    order = require_record(context.services.records, "order", args.order_id)
    _require_same_currency(args, order)
    return {"order": load_order_facts(context, order), "customer": load_customer_facts(context, order["customer_id"])}


def _require_same_currency(args: RefundOrder, order: BusinessRecord) -> None:
    if args.currency != order["currency"]:
        raise BadInput(
            f"The order {order['id']} was paid in {order['currency']}; it cannot be refunded in {args.currency}."
        )


def _refund(row: BusinessRecord) -> Refund:
    fields = {name: row[name] for name in Refund.model_fields if name != "refund_id"}
    return Refund(refund_id=row["id"], **fields)


def _find_issue(_args: RefundOrder, context: ToolContext) -> Refund | None:
    row = context.services.records.by_key("refund", context.key)
    return _refund(row) if row else None


@tool(
    "refunds.issue",
    effect=Effect.WRITE,
    owner="support",
    system="payments",
    asked_as=AskedAs(
        verbs=("refund", "reimburse", "pay back"),
        light_verbs=("give", "issue", "make", "process", "do", "start", "grant", "send", "initiate", "pay"),
        objects=("refund", "reimbursement", "money back"),
        examples=("refund order ORD-8841", "refund 10 EUR on order ORD-8841"),
    ),
    summary="Refund {amount_minor:money} {currency} on order {order_id}: {reason}",
    critical=("order_id", "amount_minor", "currency"),
    idempotent=True,
    facts=_facts,
    reconcile=_find_issue,
    undo_tool="refunds.cancel",
    undo=lambda _args, result: {"refund_id": result["refund_id"]},
    touches={"order": ORDER_FIELDS, "customer": CUSTOMER_FIELDS},
    visible=split_paths("refund_id order_id customer_id amount_minor currency status"),
)
def issue_refund(args: RefundOrder, context: ToolContext) -> Refund:
    """Gives money back to the customer on a delivered or lost order, never more than was paid and not yet refunded.

    The refund is pending until the next payment run settles it; until then refunds.cancel takes it back.
    """
    with begin_change(context) as records:
        known = records.by_key("refund", context.key)
        if known is not None:
            return _refund(known)
        order = require_record(records, "order", args.order_id)
        lock_record(records, "order", order)  # before the sums: two refunds at once must see each other
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


def _check(records: SystemOfRecord, context: ToolContext, args: RefundOrder, order: BusinessRecord) -> None:
    _require_same_currency(args, order)
    require_other_person(context, order["placed_by"], f"Nobody refunds their own order, and {order['id']} is yours.")
    if order["status"] not in _REFUNDABLE:
        raise BadInput(f"The order {order['id']} is {order['status']}; only a delivered or lost one can be refunded.")
    left = compute_balance(records, order["id"]).refundable
    if args.amount_minor > left:
        raise BadInput(
            f"At most {format_minor_units(left)} {order['currency']} can still be refunded on {order['id']}; "
            f"{format_minor_units(args.amount_minor)} is more."
        )


class RefundChoice(Arguments):
    """Which refund."""

    refund_id: Id


class RefundCancellation(Result):
    """A refund that was taken back."""

    refund_id: str
    status: str


def _cancel_facts(args: RefundChoice, context: ToolContext) -> Mapping[str, Mapping[str, Any]]:
    row = require_record(context.services.records, "refund", args.refund_id)
    names = ("order_id", "customer_id", "amount_minor", "currency", "status", "created_by")
    return {"refund": {"refund_id": row["id"]} | {name: row[name] for name in names}}


def _find_cancellation(_args: RefundChoice, context: ToolContext) -> RefundCancellation | None:
    done = find_status_change(context.services.records, context)
    return RefundCancellation(refund_id=done.id, status=done.after) if done else None


@tool(
    "refunds.cancel",
    effect=Effect.WRITE,
    owner="support",
    system="payments",
    summary="Cancel refund {refund_id}",
    critical=("refund_id",),
    idempotent=True,
    facts=_cancel_facts,
    reconcile=_find_cancellation,
    touches={"refund": REFUND_FIELDS},
)
def cancel_refund(args: RefundChoice, context: ToolContext) -> RefundCancellation:
    """Takes back a refund that is still pending; one that was paid out cannot be taken back."""
    done = change_status(context, "refund", args.refund_id, "cancelled", allowed=("pending",))
    return RefundCancellation(refund_id=done.id, status=done.after)


TOOLS: tuple[ToolSpec, ...] = (issue_refund, cancel_refund)
