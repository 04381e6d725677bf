"""Goodwill vouchers."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from ....policies.domain.proposal import Effect
from ...connectors.port import Record
from ...spec import Arguments, Result, ToolContext, ToolSpec, tool
from ..base.fields import Id, Line, Minor
from ..base.idempotent import move, moved, writing
from ..base.lookup import not_oneself, required
from .customers import customer_facts

_VALID = timedelta(days=365)


class VoucherOrder(Arguments):
    """A voucher in the company's currency for a customer."""

    customer_id: Id
    amount_minor: Minor
    reason: Line


class Voucher(Result):
    """A voucher as it was recorded."""

    voucher_id: str
    customer_id: str
    amount_minor: int
    currency: str
    status: str
    expires_on: date


def _facts(args: VoucherOrder, context: ToolContext) -> Mapping[str, Mapping[str, Any]]:
    return {"customer": customer_facts(context, args.customer_id)}


def _voucher(row: Record) -> Voucher:
    return Voucher(voucher_id=row["id"], **{name: row[name] for name in list(Voucher.model_fields)[1:]})


def _issued(_args: VoucherOrder, context: ToolContext) -> Voucher | None:
    row = context.services.records.by_key("voucher", context.key)
    return _voucher(row) if row else None


@tool(
    "vouchers.issue",
    effect=Effect.WRITE,
    owner="support",
    system="vouchers",
    summary="Voucher of {amount_minor:money} for customer {customer_id}: {reason}",
    critical=("customer_id", "amount_minor"),
    idempotent=True,
    facts=_facts,
    reconcile=_issued,
    undo_tool="vouchers.cancel",
    undo=lambda _args, result: {"voucher_id": result["voucher_id"]},
)
def issue(args: VoucherOrder, context: ToolContext) -> Voucher:
    """Gives a customer a goodwill voucher in the company's currency, valid for a year."""
    with writing(context) as records:
        known = records.by_key("voucher", context.key)
        if known is not None:
            return _voucher(known)
        customer = required(records, "customer", args.customer_id)
        not_oneself(context, customer["employee_id"], "Nobody gives a voucher to themselves.")
        row = {
            "customer_id": customer["id"],
            "ticket_id": None,
            "amount_minor": args.amount_minor,
            "currency": records.company().currency,
            "reason": args.reason,
            "status": "issued",
            "created_on": context.today,
            "expires_on": context.today + _VALID,
            "created_by": context.principal.user_id,
        }
        return _voucher(row | {"id": records.insert("voucher", row, key=context.key)})


class VoucherChoice(Arguments):
    """Which voucher."""

    voucher_id: Id


class VoucherCancelled(Result):
    """A voucher that was taken back."""

    voucher_id: str
    status: str


def _facts_of_voucher(args: VoucherChoice, context: ToolContext) -> Mapping[str, Mapping[str, Any]]:
    row = required(context.services.records, "voucher", args.voucher_id)
    names = ("customer_id", "amount_minor", "currency", "status", "created_by")
    return {"voucher": {"voucher_id": row["id"]} | {name: row[name] for name in names}}


def _cancelled(_args: VoucherChoice, context: ToolContext) -> VoucherCancelled | None:
    done = moved(context.services.records, context)
    return VoucherCancelled(voucher_id=done.id, status=done.after) if done else None


@tool(
    "vouchers.cancel",
    effect=Effect.WRITE,
    owner="support",
    system="vouchers",
    summary="Cancel voucher {voucher_id}",
    critical=("voucher_id",),
    idempotent=True,
    facts=_facts_of_voucher,
    reconcile=_cancelled,
)
def cancel(args: VoucherChoice, context: ToolContext) -> VoucherCancelled:
    """Takes back a voucher that was not redeemed yet."""
    done = move(context, "voucher", args.voucher_id, "cancelled", allowed=("issued",))
    return VoucherCancelled(voucher_id=done.id, status=done.after)


TOOLS: tuple[ToolSpec, ...] = (issue, cancel)
