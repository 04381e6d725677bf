"""These tools read a supplier's account, its bank details apart, change these, and send messages to suppliers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator

from ....policies.domain.proposal import Effect
from ....policies.errors import BadInput
from ...asked_as import AskedAs
from ...connectors.port import BusinessRecord, SystemOfRecord
from ...extraction.identifiers import find_iban_mentions
from ...spec import Arguments, Fields, Result, ToolContext, ToolSpec, split_paths, tool
from ..base.fields import Flag, Id, Line, Prose
from ..base.idempotent import begin_change, get_now, lock_record, mark_record
from ..base.lookup import require_record
from .invoice_documents import INVOICE_FIELDS, load_invoice_facts
from .payment_promises import promises_payment

BANK_NOTE = "supplier_bank"


SUPPLIER_FIELDS: Fields = dict.fromkeys(("supplier_id", "status", "country"), "text")


def check_iban(text: str) -> str:
    """The IBAN in capitals without spaces, if its length and its check digits (ISO 7064, modulo 97) hold.

    Raises:
        ValueError: they do not.
    """
    compact = "".join(text.split()).upper()
    found = find_iban_mentions(compact)
    if len(found) != 1 or found[0].canonical != compact or not found[0].valid:
        raise ValueError("this is no valid IBAN: its length or its check digits are wrong; ask the supplier again")
    return compact


IbanText = Annotated[str, AfterValidator(check_iban)]


class SupplierQuery(Arguments):
    """Which supplier."""

    supplier_id: Id


class Supplier(Result):
    """A supplier without bank details."""

    supplier_id: str
    name: str
    email: str
    phone: str
    address: str
    country: str
    currency: str
    vat_id: str
    terms_days: int
    status: str


@tool(
    "suppliers.get",
    effect=Effect.READ,
    owner="finance",
    system="ledger",
    summary="Read supplier {supplier_id}",
    visible=split_paths("supplier_id name email phone address country currency vat_id terms_days status"),
)
def get_supplier(args: SupplierQuery, context: ToolContext) -> Supplier:
    """One supplier: name, address, currency and payment term; no bank details."""
    row = require_record(context.services.records, "supplier", args.supplier_id)
    return Supplier(supplier_id=row["id"], **{name: row[name] for name in list(Supplier.model_fields)[1:]})


class BankDetails(Result):
    """Where a supplier is paid."""

    supplier_id: str
    iban: str
    bic: str


@tool(
    "suppliers.bank_details",
    effect=Effect.READ,
    owner="finance",
    system="ledger",
    summary="Read bank details of supplier {supplier_id}",
    critical=("supplier_id",),
    visible=split_paths("supplier_id iban bic"),
)
def get_bank_details(args: SupplierQuery, context: ToolContext) -> BankDetails:
    """The bank account to which a supplier is paid."""
    row = require_record(context.services.records, "supplier", args.supplier_id)
    return BankDetails(supplier_id=row["id"], iban=row["iban"], bic=row["bic"])


class BankChange(Arguments):
    """The new account of a supplier."""

    supplier_id: Id
    iban: IbanText


class BankAccountChange(Result):
    """A change of bank details; of the accounts only the last four characters are told."""

    supplier_id: str
    before_ending: str
    iban_ending: str


def _supplier_facts(args: Any, context: ToolContext) -> Mapping[str, Mapping[str, Any]]:
    row = require_record(context.services.records, "supplier", args.supplier_id)
    return {"supplier": {"supplier_id": row["id"], "status": row["status"], "country": row["country"]}}


def _find_bank_change(records: SystemOfRecord, args: BankChange, context: ToolContext) -> BankAccountChange | None:
    note = records.by_key("note", context.key)
    if note is None:
        return None
    return BankAccountChange(supplier_id=note["about_id"], before_ending=note["body"][-4:], iban_ending=args.iban[-4:])


@tool(
    "suppliers.change_bank",
    effect=Effect.WRITE,
    owner="finance",
    system="ledger",
    asked_as=AskedAs(
        light_verbs=(
            "change",
            "update",
            "set",
            "correct",
            "replace",
            "enter",
            "add",
            "switch",
            "use",
            "record",
            "make",
        ),
        objects=(
            "bank",
            "iban",
            "account",
            "bank detail",
            "bank data",
            "bank account",
            "account number",
            "account detail",
        ),
        examples=("change the bank account of SUP-012 to DE89 3704 0044 0532 0130 00",),
    ),
    summary="Change the bank account of supplier {supplier_id} to {iban}",
    critical=("supplier_id", "iban"),
    idempotent=True,
    facts=_supplier_facts,
    reconcile=lambda args, context: _find_bank_change(context.services.records, args, context),
    touches={"supplier": SUPPLIER_FIELDS},
    visible=split_paths("supplier_id before_ending iban_ending"),
)
def change_bank(args: BankChange, context: ToolContext) -> BankAccountChange:
    """Changes the bank account to which a supplier is paid. The former number is kept; another change restores it."""
    with begin_change(context) as records:
        done = _find_bank_change(records, args, context)
        if done is not None:
            return done
        row = require_record(records, "supplier", args.supplier_id)
        if row["iban"] == args.iban:
            raise BadInput(f"The supplier {row['id']} has this account already; nothing was changed.")
        records.update("supplier", row["id"], {"iban": args.iban}, {"iban": row["iban"]})
        mark_record(records, context, BANK_NOTE, row["id"], f"The former IBAN: {row['iban']}")
        return BankAccountChange(supplier_id=row["id"], before_ending=row["iban"][-4:], iban_ending=args.iban[-4:])


class SupplierMessage(Arguments):
    """A message to a supplier; ``promises_payment`` says whether it promises money, and its words are checked too."""

    supplier_id: Id
    invoice_id: Id | None = None
    subject: Line
    body: Prose
    promises_payment: Flag


class OutboxMessage(Result):
    """A message in the outbox."""

    message_id: str
    supplier_id: str
    invoice_id: str | None
    promises_payment: bool
    sent_at: datetime


def _promises(args: SupplierMessage) -> bool:
    return args.promises_payment or promises_payment(f"{args.subject}.\n{args.body}")


def _message_facts(args: SupplierMessage, context: ToolContext) -> Mapping[str, Mapping[str, Any]]:
    records = context.services.records
    _load_subject(records, args)
    found: dict[str, Mapping[str, Any]] = dict(_supplier_facts(args, context))
    found["message"] = {"promises": _promises(args), "about_invoice": args.invoice_id is not None}
    if args.invoice_id is not None:
        found["invoice"] = load_invoice_facts(context, args.invoice_id)
    return found


def _load_subject(records: SystemOfRecord, args: SupplierMessage) -> tuple[BusinessRecord, BusinessRecord | None]:
    supplier = require_record(records, "supplier", args.supplier_id)
    if args.invoice_id is None:
        return supplier, None
    invoice = require_record(records, "invoice", args.invoice_id)
    if invoice["supplier_id"] != supplier["id"]:
        raise BadInput(f"The invoice {invoice['id']} is not from {supplier['id']}; the message would reach a stranger.")
    return supplier, invoice


def _message(row: BusinessRecord, promises: bool) -> OutboxMessage:
    return OutboxMessage(
        message_id=row["id"],
        supplier_id=row["party_id"],
        invoice_id=row["about_id"],
        promises_payment=promises,
        sent_at=row["at"],
    )


def _find_sent(args: SupplierMessage, context: ToolContext) -> OutboxMessage | None:
    row = context.services.records.by_key("message", context.key)
    return _message(row, _promises(args)) if row else None


def _make_task(args: SupplierMessage) -> Mapping[str, Any]:
    """A task for whoever wanted the message, when messages cannot be sent."""
    return {
        "title": f"Write to {args.supplier_id} by hand",
        "detail": f"{args.subject}\n\n{args.body}"[:4000],
        "about_id": args.invoice_id or args.supplier_id,
    }


@tool(
    "suppliers.message",
    effect=Effect.IRREVERSIBLE,
    owner="finance",
    system="outbox",
    asked_as=AskedAs(
        verbs=(
            "write",
            "message",
            "mail",
            "email",
            "e-mail",
            "inform",
            "contact",
            "notify",
            "reply",
            "tell the supplier",
            "ask the supplier",
            "remind the supplier",
        ),
        light_verbs=("send", "write", "draft", "compose"),
        objects=("message", "mail", "email", "e-mail", "letter", "note", "reminder", "supplier"),
        takes_text=True,
        takes_dates=True,
        examples=("write to SUP-012: please send the credit note",),
    ),
    summary="Write to supplier {supplier_id} about {invoice_id}: {subject} – {body}",
    critical=("supplier_id", "invoice_id"),
    idempotent=True,
    facts=_message_facts,
    reconcile=_find_sent,
    fallback_tool="tasks.create",
    fallback=_make_task,
    touches={
        "supplier": SUPPLIER_FIELDS,
        "message": {"promises": "yes/no", "about_invoice": "yes/no"},
        "invoice": INVOICE_FIELDS,
    },
    visible=split_paths("message_id supplier_id invoice_id promises_payment sent_at"),
)
def send_supplier_message(args: SupplierMessage, context: ToolContext) -> OutboxMessage:
    """Sends a message to a supplier, for example about an open exception of an invoice. Cannot be taken back."""
    with begin_change(context) as records:
        known = records.by_key("message", context.key)
        if known is not None:
            return _message(known, _promises(args))
        supplier, invoice = _load_subject(records, args)
        lock_record(records, "supplier", supplier)
        row = {
            "direction": "out",
            "party_kind": "supplier",
            "party_id": supplier["id"],
            "about_kind": "invoice" if invoice else None,
            "about_id": invoice["id"] if invoice else None,
            "subject": args.subject,
            "body": args.body,
            "status": "sent",
            "author": context.principal.user_id,
            "at": get_now(context),
        }
        return _message(row | {"id": records.insert("message", row, key=context.key)}, _promises(args))


TOOLS: tuple[ToolSpec, ...] = (get_supplier, get_bank_details, change_bank, send_supplier_message)
