"""These tools post invoices to the ledger, take a posting back, and release the payment."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from ....policies.domain.proposal import Effect
from ....policies.errors import BadInput
from ...asked_as import AskedAs
from ...connectors.port import BusinessRecord, SystemOfRecord
from ...spec import Arguments, Result, ToolContext, ToolSpec, split_paths, tool
from ..base.fields import Id
from ..base.idempotent import begin_change, get_now, lock_record
from ..base.lookup import require_other_person, require_record
from .invoice_documents import INVOICE_FIELDS, find_mismatches, list_kinds, load_invoice_facts

_OPEN = ("received", "stuck")
_POSTED = re.compile(r"status: (\w+) → (\w+)")


class Posting(Arguments):
    """Which invoice, and why it may be posted."""

    invoice_id: Id
    note: Annotated[str, Field(max_length=2000)] = ""


class InvoiceChoice(Arguments):
    """Which invoice."""

    invoice_id: Id


class InvoiceStatusChange(Result):
    """An invoice whose status was changed."""

    invoice_id: str
    before: str
    status: str
    total_minor: int
    currency: str


def _facts(args: Any, context: ToolContext) -> Mapping[str, Mapping[str, Any]]:
    return {"invoice": load_invoice_facts(context, args.invoice_id)}


def _find_change(records: SystemOfRecord, context: ToolContext) -> InvoiceStatusChange | None:
    """What this effect did to an invoice, from the event that carries its key."""
    event = records.by_key("invoice_event", context.key)
    match = _POSTED.match(event["detail"]) if event else None
    if event is None or match is None:
        return None
    return _make_change(require_record(records, "invoice", event["invoice_id"]), match[1], match[2])


def _make_change(row: BusinessRecord, before: str, after: str) -> InvoiceStatusChange:
    return InvoiceStatusChange(
        invoice_id=row["id"], before=before, status=after, total_minor=row["total_minor"], currency=row["currency"]
    )


def _reconcile_change(_args: Any, context: ToolContext) -> InvoiceStatusChange | None:
    return _find_change(context.services.records, context)


def _change_invoice(
    records: SystemOfRecord, context: ToolContext, row: BusinessRecord, to: Mapping[str, Any], event: str, note: str
) -> InvoiceStatusChange:
    """Changes an invoice and writes the event with the key, inside the caller's transaction."""
    before, after = row["status"], str(to["status"])
    records.update("invoice", row["id"], to, {"status": before, "posted_by": row["posted_by"]})
    detail = f"status: {before} → {after}" + (f"; {note}" if note else "")
    entry = {"invoice_id": row["id"], "event": event, "detail": detail, "at": get_now(context)}
    records.insert("invoice_event", entry | {"actor": context.principal.user_id}, key=context.key)
    return _make_change(row, before, after)


@tool(
    "invoices.post",
    effect=Effect.WRITE,
    owner="finance",
    system="ledger",
    asked_as=AskedAs(
        verbs=("post", "book"),
        light_verbs=("do", "make", "process", "enter", "record"),
        objects=("posting", "invoice"),
        examples=("post invoice INV-1042",),
    ),
    summary="Post invoice {invoice_id}: {note}",
    critical=("invoice_id",),
    idempotent=True,
    facts=_facts,
    reconcile=_reconcile_change,
    undo_tool="invoices.unpost",
    undo=lambda args, _result: {"invoice_id": args["invoice_id"]},
    touches={"invoice": INVOICE_FIELDS},
    visible=split_paths("invoice_id before status total_minor currency"),
)
def post_invoice(args: Posting, context: ToolContext) -> InvoiceStatusChange:
    """Posts a supplier invoice to the ledger, so that it can be paid. A duplicate is never posted."""
    with begin_change(context) as records:
        done = _find_change(records, context)
        if done is not None:
            return done
        row = require_record(records, "invoice", args.invoice_id)
        if row["status"] not in _OPEN:
            raise BadInput(f"The invoice {row['id']} is {row['status']} already; it cannot be posted again.")
        lock_record(records, "invoice", row)
        if "duplicate" in list_kinds(find_mismatches(context, records, row)):
            raise BadInput(f"The invoice {row['id']} is a duplicate; a duplicate is never posted.")
        to = {"status": "posted", "posted_on": context.today, "posted_by": context.principal.user_id}
        return _change_invoice(records, context, row, to, "posted", args.note)


@tool(
    "invoices.unpost",
    effect=Effect.WRITE,
    owner="finance",
    system="ledger",
    summary="Take back the posting of invoice {invoice_id}",
    critical=("invoice_id",),
    idempotent=True,
    facts=_facts,
    reconcile=_reconcile_change,
    touches={"invoice": INVOICE_FIELDS},
    visible=split_paths("invoice_id before status total_minor currency"),
)
def unpost_invoice(args: InvoiceChoice, context: ToolContext) -> InvoiceStatusChange:
    """Takes back the posting of an invoice that was not paid yet; it waits again for somebody to look."""
    with begin_change(context) as records:
        done = _find_change(records, context)
        if done is not None:
            return done
        row = require_record(records, "invoice", args.invoice_id)
        if row["status"] != "posted":
            raise BadInput(f"The invoice {row['id']} is {row['status']}; only a posted one can be taken back.")
        lock_record(records, "invoice", row)
        to = {"status": "stuck", "posted_on": None, "posted_by": None}
        return _change_invoice(records, context, row, to, "unposted", "")


class Payment(Result):
    """Money on its way to a supplier."""

    payment_id: str
    invoice_id: str
    amount_minor: int
    currency: str
    paid_on: date


def _payment(row: BusinessRecord) -> Payment:
    return Payment(payment_id=row["id"], **{name: row[name] for name in list(Payment.model_fields)[1:]})


def _find_release(_args: InvoiceChoice, context: ToolContext) -> Payment | None:
    row = context.services.records.by_key("payment", context.key)
    return _payment(row) if row else None


@tool(
    "payments.release",
    effect=Effect.IRREVERSIBLE,
    owner="finance",
    system="bank",
    asked_as=AskedAs(
        verbs=("pay", "release"),
        light_verbs=("make", "send", "approve", "start", "execute", "issue"),
        objects=("payment",),
        examples=("release the payment of INV-1042",),
    ),
    summary="Release the payment of invoice {invoice_id}",
    critical=("invoice_id",),
    idempotent=True,
    facts=_facts,
    reconcile=_find_release,
    touches={"invoice": INVOICE_FIELDS},
    visible=split_paths("payment_id invoice_id amount_minor currency paid_on"),
)
def release_payment(args: InvoiceChoice, context: ToolContext) -> Payment:
    """Releases the payment of a posted invoice to the supplier's bank account. Cannot be taken back."""
    with begin_change(context) as records:
        known = records.by_key("payment", context.key)
        if known is not None:
            return _payment(known)
        row = require_record(records, "invoice", args.invoice_id)
        if row["status"] != "posted":
            raise BadInput(f"The invoice {row['id']} is {row['status']}; only a posted one can be paid.")
        require_other_person(
            context, row["posted_by"], f"You posted {row['id']}; somebody else has to release its payment."
        )
        lock_record(records, "invoice", row)
        if records.count("payment", where={"invoice_id": row["id"], "direction": "out", "status": ("!=", "cancelled")}):
            raise BadInput(f"The invoice {row['id']} has been paid already.")
        if "duplicate" in list_kinds(find_mismatches(context, records, row)):
            raise BadInput(f"The invoice {row['id']} is a duplicate; a duplicate is never paid.")
        paid = {
            "direction": "out",
            "order_id": None,
            "invoice_id": row["id"],
            "amount_minor": row["total_minor"],
            "currency": row["currency"],
            "method": "transfer",
            "status": "released",
            "paid_on": context.today,
            "created_by": context.principal.user_id,
        }
        payment_id = records.insert("payment", paid, key=context.key)
        records.update("invoice", row["id"], {"status": "paid", "paid_on": context.today}, {"status": "posted"})
        return _payment(paid | {"id": payment_id})


TOOLS: tuple[ToolSpec, ...] = (post_invoice, unpost_invoice, release_payment)
