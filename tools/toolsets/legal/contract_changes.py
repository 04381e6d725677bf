"""Changing contracts: notes, status, and sending one for signature."""

from collections.abc import Mapping
from typing import Any, Literal

from ....policies.domain.proposal import Effect
from ....policies.errors import BadInput
from ...connectors.port import Record, SystemOfRecord
from ...spec import Arguments, Result, ToolContext, ToolSpec, tool
from ..base.fields import Id, Prose
from ..base.idempotent import Moved, hold, moment, move, moved, writing
from ..base.lookup import required
from .contracts import contract_facts

Settable = Literal["draft", "in_review", "approved", "active", "expired"]
_FROM: Mapping[str, tuple[str, ...]] = {
    "draft": ("in_review", "approved"),
    "in_review": ("draft", "approved"),
    "approved": ("draft", "in_review"),
    "active": ("approved", "sent", "expired"),
    "expired": ("active",),
}
"""Which status may become which; ``sent`` is reached only by sending."""


def _facts(args: Any, context: ToolContext) -> Mapping[str, Mapping[str, Any]]:
    return {"contract": contract_facts(context, args.contract_id)}


class NewNote(Arguments):
    """A note on a contract."""

    contract_id: Id
    body: Prose


class NoteMade(Result):
    """A note that was added."""

    note_id: str
    contract_id: str


def _noted(_args: NewNote, context: ToolContext) -> NoteMade | None:
    row = context.services.records.by_key("note", context.key)
    return NoteMade(note_id=row["id"], contract_id=row["about_id"]) if row else None


@tool(
    "contracts.note",
    effect=Effect.WRITE,
    owner="legal",
    system="contracts",
    summary="Note on contract {contract_id}: {body}",
    critical=("contract_id",),
    idempotent=True,
    reconcile=_noted,
)
def note(args: NewNote, context: ToolContext) -> NoteMade:
    """Adds a note to a contract, for colleagues."""
    with writing(context) as records:
        contract = required(records, "contract", args.contract_id)
        row = {
            "about_kind": "contract",
            "about_id": contract["id"],
            "author": context.principal.user_id,
            "body": args.body,
            "at": moment(context),
        }
        return NoteMade(note_id=records.insert("note", row, key=context.key), contract_id=contract["id"])


class ContractStatus(Arguments):
    """The new status of a contract."""

    contract_id: Id
    status: Settable


class ContractMoved(Result):
    """A contract whose status was changed."""

    contract_id: str
    before: str
    status: str


def _result(done: Moved) -> ContractMoved:
    return ContractMoved(contract_id=done.id, before=done.before, status=done.after)


def _moved(_args: ContractStatus, context: ToolContext) -> ContractMoved | None:
    done = moved(context.services.records, context)
    return _result(done) if done else None


@tool(
    "contracts.set_status",
    effect=Effect.WRITE,
    owner="legal",
    system="contracts",
    summary="Set contract {contract_id} to {status}",
    critical=("contract_id", "status"),
    idempotent=True,
    facts=_facts,
    reconcile=_moved,
    undo_tool="contracts.set_status",
    undo=lambda args, result: {"contract_id": args["contract_id"], "status": result["before"]},
)
def set_status(args: ContractStatus, context: ToolContext) -> ContractMoved:
    """Changes the status of a contract: draft, in review, approved, active or expired."""
    return _result(move(context, "contract", args.contract_id, args.status, allowed=_FROM[args.status]))


class ContractChoice(Arguments):
    """Which contract."""

    contract_id: Id


class ContractSent(Result):
    """A contract on its way to the counterparty."""

    contract_id: str
    counterparty: str
    message_id: str
    status: str


def _sent_row(records: SystemOfRecord, row: Record) -> ContractSent:
    contract = required(records, "contract", row["about_id"])
    return ContractSent(
        contract_id=contract["id"], counterparty=contract["counterparty"], message_id=row["id"], status="sent"
    )


def _sent(_args: ContractChoice, context: ToolContext) -> ContractSent | None:
    records = context.services.records
    row = records.by_key("message", context.key)
    return _sent_row(records, row) if row else None


@tool(
    "contracts.send_for_signature",
    effect=Effect.IRREVERSIBLE,
    owner="legal",
    system="contracts",
    summary="Send contract {contract_id} to the counterparty for signature",
    critical=("contract_id",),
    idempotent=True,
    facts=_facts,
    reconcile=_sent,
)
def send_for_signature(args: ContractChoice, context: ToolContext) -> ContractSent:
    """Sends an approved contract to the counterparty for signature. Cannot be taken back."""
    with writing(context) as records:
        known = records.by_key("message", context.key)
        if known is not None:
            return _sent_row(records, known)
        contract = required(records, "contract", args.contract_id)
        if contract["status"] != "approved":
            raise BadInput(f"The contract {contract['id']} is {contract['status']}; only an approved one can be sent.")
        hold(records, "contract", contract)
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
            "at": moment(context),
        }
        message_id = records.insert("message", row, key=context.key)
        return _sent_row(records, row | {"id": message_id})


TOOLS: tuple[ToolSpec, ...] = (note, set_status, send_for_signature)
