"""These tools issue goodwill vouchers and cancel them."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from ....policies.domain.proposal import Effect
from ...asked_as import AskedAs
from ...connectors.port import BusinessRecord
from ...spec import Arguments, Fields, Result, ToolContext, ToolSpec, split_paths, tool
from ..base.fields import Id, Line, Minor
from ..base.idempotent import begin_change, change_status, find_status_change
from ..base.lookup import require_other_person, require_record
from .customers import CUSTOMER_FIELDS, load_customer_facts

_VALID = timedelta(days=365)


VOUCHER_FIELDS: Fields = {
    **dict.fromkeys(("voucher_id", "customer_id", "currency", "status"), "text"),
    "created_by": "text?",
    "amount_minor": "number",
}


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
    return {"customer": load_customer_facts(context, args.customer_id)}


def _voucher(row: BusinessRecord) -> Voucher:
    return Voucher(voucher_id=row["id"], **{name: row[name] for name in list(Voucher.model_fields)[1:]})


def _find_issue(_args: VoucherOrder, context: ToolContext) -> Voucher | None:
    row = context.services.records.by_key("voucher", context.key)
    return _voucher(row) if row else None


@tool(
    "vouchers.issue",
    effect=Effect.WRITE,
    owner="support",
    system="vouchers",
    asked_as=AskedAs(
        light_verbs=("give", "issue", "grant", "send", "create", "make", "offer", "add"),
        objects=("voucher", "goodwill"),
        examples=("give CUS-0042 a voucher of 10 EUR",),
    ),
    summary="Voucher of {amount_minor:money} for customer {customer_id}: {reason}",
    critical=("customer_id", "amount_minor"),
    idempotent=True,
    facts=_facts,
    reconcile=_find_issue,
    undo_tool="vouchers.cancel",
    undo=lambda _args, result: {"voucher_id": result["voucher_id"]},
    touches={"customer": CUSTOMER_FIELDS},
    visible=split_paths("voucher_id customer_id amount_minor currency status expires_on"),
)
def issue_voucher(args: VoucherOrder, context: ToolContext) -> Voucher:
    """Gives a customer a goodwill voucher in the company's currency, valid for a year."""
    with begin_change(context) as records:
        known = records.by_key("voucher", context.key)
        if known is not None:
            return _voucher(known)
        customer = require_record(records, "customer", args.customer_id)
        require_other_person(context, customer["employee_id"], "Nobody gives a voucher to themselves.")
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


class VoucherCancellation(Result):
    """A voucher that was taken back."""

    voucher_id: str
    status: str


def _cancel_facts(args: VoucherChoice, context: ToolContext) -> Mapping[str, Mapping[str, Any]]:
    row = require_record(context.services.records, "voucher", args.voucher_id)
    names = ("customer_id", "amount_minor", "currency", "status", "created_by")
    return {"voucher": {"voucher_id": row["id"]} | {name: row[name] for name in names}}


def _find_cancellation(_args: VoucherChoice, context: ToolContext) -> VoucherCancellation | None:
    done = find_status_change(context.services.records, context)
    return VoucherCancellation(voucher_id=done.id, status=done.after) if done else None


@tool(
    "vouchers.cancel",
    effect=Effect.WRITE,
    owner="support",
    system="vouchers",
    summary="Cancel voucher {voucher_id}",
    critical=("voucher_id",),
    idempotent=True,
    facts=_cancel_facts,
    reconcile=_find_cancellation,
    touches={"voucher": VOUCHER_FIELDS},
)
def cancel_voucher(args: VoucherChoice, context: ToolContext) -> VoucherCancellation:
    """Takes back a voucher that was not redeemed yet."""
    done = change_status(context, "voucher", args.voucher_id, "cancelled", allowed=("issued",))
    return VoucherCancellation(voucher_id=done.id, status=done.after)


TOOLS: tuple[ToolSpec, ...] = (issue_voucher, cancel_voucher)
