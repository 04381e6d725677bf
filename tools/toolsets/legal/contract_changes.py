"""These tools change contracts: notes, status, and sending one for signature."""

from collections.abc import Mapping
from typing import Any, Literal

from ....policies.domain.proposal import Effect
from ....policies.errors import BadInput
from ...asked_as import AskedAs
from ...connectors.port import BusinessRecord, SystemOfRecord
from ...spec import Arguments, Result, ToolContext, ToolSpec, split_paths, tool
from ..base.fields import Id, Prose
from ..base.idempotent import StatusChange, begin_change, change_status, find_status_change, get_now, lock_record
from ..base.lookup import require_record
from .contracts import CONTRACT_FIELDS, load_contract_facts

SettableState = Literal["draft", "in_review", "approved", "active", "expired"]
_ALLOWED_BEFORE: Mapping[str, tuple[str, ...]] = {
    "draft": ("in_review", "approved"),
    "in_review": ("draft", "approved"),
    "approved": ("draft", "in_review"),
    "active": ("approved", "sent", "expired"),
    "expired": ("active",),
}
"""Which status may become which; ``sent`` is reached only by sending."""


def _facts(args: Any, context: ToolContext) -> Mapping[str, Mapping[str, Any]]:
    return {"contract": load_contract_facts(context, args.contract_id)}


class NewNote(Arguments):
    """A note on a contract."""

    contract_id: Id
    body: Prose


class AddedNote(Result):
    """A note that was added."""

    note_id: str
    contract_id: str


def _find_note(_args: NewNote, context: ToolContext) -> AddedNote | None:
    row = context.services.records.by_key("note", context.key)
    return AddedNote(note_id=row["id"], contract_id=row["about_id"]) if row else None


@tool(
    "contracts.note",
    effect=Effect.WRITE,
    owner="legal",
    system="contracts",
    asked_as=AskedAs(
        verbs=("note", "comment", "record"),
        light_verbs=("add", "write", "put", "leave", "make", "attach", "file"),
        objects=("note", "comment", "remark"),
        takes_text=True,
        examples=("add a note to CON-0031: renewal was discussed",),
    ),
    summary="Note on contract {contract_id}: {body}",
    critical=("contract_id",),
    idempotent=True,
    reconcile=_find_note,
    visible=split_paths("note_id contract_id"),
)
def add_contract_note(args: NewNote, context: ToolContext) -> AddedNote:
    """Adds a note to a contract, for colleagues."""
    with begin_change(context) as records:
        contract = require_record(records, "contract", args.contract_id)
        row = {
            "about_kind": "contract",
            "about_id": contract["id"],
            "author": context.principal.user_id,
            "body": args.body,
            "at": get_now(context),
        }
        return AddedNote(note_id=records.insert("note", row, key=context.key), contract_id=contract["id"])


class ContractStatus(Arguments):
    """The new status of a contract."""

    contract_id: Id
    status: SettableState


class ContractStatusChange(Result):
    """A contract whose status was changed."""

    contract_id: str
    before: str
    status: str


def _result(done: StatusChange) -> ContractStatusChange:
    return ContractStatusChange(contract_id=done.id, before=done.before, status=done.after)


def _find_change(_args: ContractStatus, context: ToolContext) -> ContractStatusChange | None:
    done = find_status_change(context.services.records, context)
    return _result(done) if done else None


@tool(
    "contracts.set_status",
    effect=Effect.WRITE,
    owner="legal",
    system="contracts",
    asked_as=AskedAs(
        light_verbs=("set", "mark", "put", "change", "move", "switch", "update"),
        objects=("status",),
        examples=("set contract CON-0031 to in review",),
    ),
    summary="Set contract {contract_id} to {status}",
    critical=("contract_id", "status"),
    idempotent=True,
    facts=_facts,
    reconcile=_find_change,
    undo_tool="contracts.set_status",
    undo=lambda args, result: {"contract_id": args["contract_id"], "status": result["before"]},
    touches={"contract": CONTRACT_FIELDS},
    visible=split_paths("contract_id before status"),
)
def set_contract_status(args: ContractStatus, context: ToolContext) -> ContractStatusChange:
    """Changes the status of a contract: draft, in review, approved, active or expired."""
    return _result(
        change_status(context, "contract", args.contract_id, args.status, allowed=_ALLOWED_BEFORE[args.status])
    )


class ContractChoice(Arguments):
    """Which contract."""

    contract_id: Id


class ContractDispatch(Result):
    """A contract on its way to the counterparty."""

    contract_id: str
    counterparty: str
    message_id: str
    status: str


def _make_dispatch(records: SystemOfRecord, row: BusinessRecord) -> ContractDispatch:
    contract = require_record(records, "contract", row["about_id"])
    return ContractDispatch(
        contract_id=contract["id"], counterparty=contract["counterparty"], message_id=row["id"], status="sent"
    )


def _find_dispatch(_args: ContractChoice, context: ToolContext) -> ContractDispatch | None:
    records = context.services.records
    row = records.by_key("message", context.key)
    return _make_dispatch(records, row) if row else None


@tool(
    "contracts.send_for_signature",
    effect=Effect.IRREVERSIBLE,
    owner="legal",
    system="contracts",
    asked_as=AskedAs(
        verbs=("send",),
        light_verbs=("send", "put", "submit", "get", "give", "forward", "route", "bring", "start"),
        objects=("signature", "signing", "contract"),
        examples=("send contract CON-0031 for signature",),
    ),
    summary="Send contract {contract_id} to the counterparty for signature",
    critical=("contract_id",),
    idempotent=True,
    facts=_facts,
    reconcile=_find_dispatch,
    touches={"contract": CONTRACT_FIELDS},
    visible=split_paths("contract_id counterparty message_id status"),
)
def send_contract(args: ContractChoice, context: ToolContext) -> ContractDispatch:
    """Sends an approved contract to the counterparty for signature. Cannot be taken back."""
    with begin_change(context) as records:
        known = records.by_key("message", context.key)
        if known is not None:
            return _make_dispatch(records, known)
        contract = require_record(records, "contract", args.contract_id)
        if contract["status"] != "approved":
            raise BadInput(f"The contract {contract['id']} is {contract['status']}; only an approved one can be sent.")
        lock_record(records, "contract", contract)
        records.update("contract", contract["id"], {"status": "sent"}, {"status": "approved"})
        kind = "customer" if contract["customer_id"] else "supplier"
        row = {
            "direction": "out",
            "party_kind": kind,
            "party_id": contract[f"{kind}_id"] or contract["counterparty"],
            "about_kind": "contract",
            "about_id": contract["id"],
            "subject": f"{contract['title'][:150]}: for signature",
            "body": f"Please find {contract['id']} attached for signature.",
            "status": "sent",
            "author": context.principal.user_id,
            "at": get_now(context),
        }
        message_id = records.insert("message", row, key=context.key)
        return _make_dispatch(records, row | {"id": message_id})


TOOLS: tuple[ToolSpec, ...] = (add_contract_note, set_contract_status, send_contract)
