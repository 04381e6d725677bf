"""These tools grant discounts to customers and revoke them."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import Field

from ....policies.domain.proposal import Effect
from ....policies.errors import BadInput
from ...asked_as import AskedAs
from ...connectors.port import BusinessRecord
from ...spec import Arguments, Fields, Result, ToolContext, ToolSpec, split_paths, tool
from ..base.fields import Id
from ..base.idempotent import begin_change, change_status, find_status_change
from ..base.lookup import require_other_person, require_record
from .customers import CUSTOMER_FIELDS, load_customer_facts

_VALID = timedelta(days=365)
_BASIS_POINTS = 100


DISCOUNT_FIELDS: Fields = {**dict.fromkeys(("discount_id", "status"), "text"), "percent": "number"}


class DiscountOrder(Arguments):
    """How many per cent for which customer."""

    customer_id: Id
    percent: Annotated[int, Field(strict=True, ge=1, le=100)]


class Discount(Result):
    """A discount as it was recorded."""

    discount_id: str
    customer_id: str
    percent: int
    status: str
    valid_from: date
    valid_to: date


def _facts(args: DiscountOrder, context: ToolContext) -> Mapping[str, Mapping[str, Any]]:
    return {"customer": load_customer_facts(context, args.customer_id)}


def _discount(row: BusinessRecord) -> Discount:
    names = ("customer_id", "status", "valid_from", "valid_to")
    percent = row["percent_bp"] // _BASIS_POINTS
    return Discount(discount_id=row["id"], percent=percent, **{name: row[name] for name in names})


def _find_grant(_args: DiscountOrder, context: ToolContext) -> Discount | None:
    row = context.services.records.by_key("discount", context.key)
    return _discount(row) if row else None


@tool(
    "discounts.grant",
    effect=Effect.WRITE,
    owner="finance",
    system="sales",
    asked_as=AskedAs(
        verbs=("discount",),
        light_verbs=("give", "grant", "offer", "allow", "add", "set", "request", "create", "apply"),
        objects=("discount", "rebate", "%", "percent"),
        examples=("grant CUS-0042 a discount of 5 %",),
    ),
    summary="Discount of {percent} % for customer {customer_id}",
    critical=("customer_id", "percent"),
    idempotent=True,
    facts=_facts,
    reconcile=_find_grant,
    undo_tool="discounts.revoke",
    undo=lambda _args, result: {"discount_id": result["discount_id"]},
    touches={"customer": CUSTOMER_FIELDS},
    visible=split_paths("discount_id customer_id percent status valid_from valid_to"),
)
def grant_discount(args: DiscountOrder, context: ToolContext) -> Discount:
    """Grants a customer a discount for a year. A customer has one at a time: revoke the old one first."""
    with begin_change(context) as records:
        known = records.by_key("discount", context.key)
        if known is not None:
            return _discount(known)
        customer = require_record(records, "customer", args.customer_id)
        require_other_person(context, customer["employee_id"], "Nobody grants a discount to themselves.")
        # Changed to itself, so that a second grant at the same time waits until this one is visible.
        manager = {"account_manager": customer["account_manager"]}
        records.update("customer", customer["id"], manager, manager)
        # Two small discounts would be a large one that nobody approved.
        valid = {"customer_id": customer["id"], "status": "active", "valid_to": (">=", context.today)}
        for row in records.find("discount", where=valid, limit=1):
            raise BadInput(
                f"The customer {customer['id']} has the discount {row['id']} until {row['valid_to']:%d %B %Y}; "
                "revoke it first."
            )
        new = {
            "customer_id": customer["id"],
            "percent_bp": args.percent * _BASIS_POINTS,
            "reason": "agreed with the customer",
            "status": "active",
            "valid_from": context.today,
            "valid_to": context.today + _VALID,
            "created_by": context.principal.user_id,
            "approved_by": None,
        }
        return _discount(new | {"id": records.insert("discount", new, key=context.key)})


class DiscountChoice(Arguments):
    """Which discount."""

    discount_id: Id


class DiscountRevocation(Result):
    """A discount that no longer holds."""

    discount_id: str
    status: str


def _revoke_facts(args: DiscountChoice, context: ToolContext) -> Mapping[str, Mapping[str, Any]]:
    row = require_record(context.services.records, "discount", args.discount_id)
    return {
        "discount": {"discount_id": row["id"], "percent": row["percent_bp"] // _BASIS_POINTS, "status": row["status"]},
        "customer": load_customer_facts(context, row["customer_id"]),
    }


def _find_revocation(_args: DiscountChoice, context: ToolContext) -> DiscountRevocation | None:
    done = find_status_change(context.services.records, context)
    return DiscountRevocation(discount_id=done.id, status=done.after) if done else None


@tool(
    "discounts.revoke",
    effect=Effect.WRITE,
    owner="finance",
    system="sales",
    summary="Revoke discount {discount_id}",
    critical=("discount_id",),
    idempotent=True,
    facts=_revoke_facts,
    reconcile=_find_revocation,
    touches={"discount": DISCOUNT_FIELDS, "customer": CUSTOMER_FIELDS},
)
def revoke_discount(args: DiscountChoice, context: ToolContext) -> DiscountRevocation:
    """Ends a discount that is active."""
    done = change_status(context, "discount", args.discount_id, "revoked", allowed=("active",))
    return DiscountRevocation(discount_id=done.id, status=done.after)


TOOLS: tuple[ToolSpec, ...] = (grant_discount, revoke_discount)
