"""Where the features of each model come from when a call is judged: the call's arguments and the systems of record."""

from collections.abc import Callable, Mapping
from typing import Any

from ..connectors.port import Record, SystemOfRecord
from ..spec import ToolContext
from . import features as invoices
from . import refunds
from .words import words_of

Values = Mapping[str, float]


def refund_of(args: Any, context: ToolContext) -> Values | None:
    """The features of a call that pays money back on an order."""
    order_id, amount = getattr(args, "order_id", None), getattr(args, "amount_minor", None)
    if not order_id or not isinstance(amount, int):
        return None
    records = context.services.records
    order = records.get("order", order_id)
    reason = str(getattr(args, "reason", "") or "")
    return None if order is None else refunds.refund_values(records, context.today, order, amount, reason)


def invoice_of(args: Any, context: ToolContext) -> Values | None:
    """The features of the invoice that a call names."""
    invoice_id = getattr(args, "invoice_id", None)
    records = context.services.records
    invoice = records.get("invoice", invoice_id) if invoice_id else None
    return None if invoice is None else invoices.invoice_values(records, invoice)


def ticket_of(args: Any, context: ToolContext) -> Values | None:
    """The words of the ticket that a call names."""
    ticket_id = getattr(args, "ticket_id", None)
    return ticket_values(context.services.records, ticket_id) if ticket_id else None


def ticket_values(records: SystemOfRecord, ticket_id: str) -> Values | None:
    """The words that a customer wrote in a ticket."""
    ticket = records.get("ticket", ticket_id)
    return None if ticket is None else words_of_ticket(ticket)


def words_of_ticket(ticket: Record) -> Values:
    """The words of a ticket that is at hand."""
    return words_of(f"{ticket['subject']}. {ticket['body']}")


SOURCES: Mapping[str, Callable[[Any, ToolContext], Values | None]] = {
    "fraud": refund_of,
    "invoice_risk": invoice_of,
    "sentiment": ticket_of,
    "urgency": ticket_of,
}
MEANINGS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "fraud": refunds.FEATURES,
    "invoice_risk": invoices.FEATURES,
    "sentiment": {},
    "urgency": {},
}


def meaning(task: str, feature: str) -> str:
    """What a feature is, in words; a word stands for itself."""
    known = MEANINGS.get(task, {})
    return known[feature][1] if feature in known else f"“{feature}”"
