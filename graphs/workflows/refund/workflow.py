"""A refund goes from order to payment and ticket; written policy decides, and this only lays out the work."""

from collections.abc import Mapping
from typing import Any

from ....policies.domain.proposal import Provenance
from ....tools.extraction.shares import find_share
from ....tools.summary import format_minor_units
from ...steps import Ask, Call, Calls, Finish, StepContext, StepResult
from ..engine.workflow import Workflow
from .request import DEFAULT_REASON, RefundInput, fill_refund

HANDBOOK = "support-handbook#3.2"


def look_up(case: StepContext[RefundInput]) -> StepResult:
    """Read the order, and the ticket when there is one."""
    if case.input.elsewhere:
        return Finish(
            f"A refund goes back the way {case.input.order_id} was paid; I can send it nowhere else, so nothing was "
            f"done. Say “refund order {case.input.order_id}” to have it paid back that way.",
            "asks",
        )
    calls = [Call("order", "orders.get", {"order_id": case.input.order_id}, {"order_id": Provenance.USER})]
    if case.input.ticket_id:
        calls.append(Call("ticket", "tickets.get", {"ticket_id": case.input.ticket_id}, {"ticket_id": Provenance.USER}))
    return Calls(tuple(calls))


def pay_back(case: StepContext[RefundInput]) -> StepResult:
    """Propose the refund; policy lets it through, asks for signatures, or denies it."""
    if stop := case.stop("order", f"look at order {case.input.order_id}"):
        return stop
    order = case.value("order")
    asked = case.input.amount_minor
    amount = order["refundable_minor"] if asked is None else asked
    how_much = (
        f"How much of {format_minor_units(order['refundable_minor'])} {order['currency']} should go back on "
        f"{order['order_id']}?"
    )
    if case.input.agreed and case.input.told_minor is not None:
        asked = amount = case.input.told_minor
    elif asked is None and case.input.share:
        return _tell_back(case.input.share, order, how_much)
    elif case.input.referred and amount > 0 and not case.input.partial:
        question = (
            f"You named {order['order_id']} earlier. Shall I pay back **{format_minor_units(amount)} "
            f"{case.input.currency or order['currency']}** on it?"
        )
        return Ask(question, "agreed", {"told_minor": amount})
    if asked is None and case.input.partial:
        return Ask(how_much, "amount_minor")
    if asked is not None and asked <= 0:
        return Ask(f"{format_minor_units(asked)} cannot be refunded. {how_much}", "amount_minor")
    if amount <= 0:
        paid, back = format_minor_units(order["paid_minor"]), format_minor_units(order["refunded_minor"])
        unit = order["currency"]
        return Finish(
            f"Nothing is left to refund on {order['order_id']}: of {paid} {unit} paid, {back} {unit} went back.",
            status="stopped",
            citations=(order["order_id"], "support-handbook#3.3"),
        )
    args = {
        "order_id": order["order_id"],
        "amount_minor": amount,
        "currency": case.input.currency or order["currency"],
        "reason": case.input.reason,
    }
    provenance = {
        "order_id": Provenance.USER,
        "amount_minor": Provenance.TRUSTED if asked is None else Provenance.USER,
        "currency": Provenance.USER if case.input.currency else Provenance.TRUSTED,
        "reason": Provenance.TRUSTED if case.input.reason == DEFAULT_REASON else Provenance.USER,
    }
    return Calls.of(Call("refund", "refunds.issue", args, provenance))


def _tell_back(words: str, order: Mapping[str, Any], how_much: str) -> Ask:
    """Say what a share comes to; it is paid back once they have said yes to that."""
    share = find_share(words)
    worked_out = share.take_from(order["refundable_minor"]) if share else 0
    if worked_out <= 0:
        return Ask(how_much, "amount_minor")
    money, left = order["currency"], format_minor_units(order["refundable_minor"])
    question = (
        f"“{words}” of the {left} {money} that can go back on {order['order_id']} comes to "
        f"**{format_minor_units(worked_out)} {money}**. Shall I pay that back?"
    )
    return Ask(question, "agreed", {"told_minor": worked_out})


def tell_ticket(case: StepContext[RefundInput]) -> StepResult | None:
    """Note the refund on the ticket."""
    if stop := case.stop("refund", f"refund order {case.input.order_id}"):
        return stop
    if not case.has("ticket"):
        return None
    refund = case.value("refund")
    paid = f"{format_minor_units(refund['amount_minor'])} {refund['currency']}"
    body = f"Refunded {paid} on {refund['order_id']} ({refund['refund_id']})."
    args = {"ticket_id": case.value("ticket")["ticket_id"], "body": body}
    return Calls.of(Call("comment", "tickets.comment", args, dict.fromkeys(args, Provenance.TRUSTED)))


def report_refund(case: StepContext[RefundInput]) -> StepResult:
    """Say what was done."""
    refund = case.value("refund")
    paid = f"{format_minor_units(refund['amount_minor'])} {refund['currency']}"
    lines = [f"Refunded **{paid}** on {refund['order_id']} ({refund['refund_id']})."]
    if "comment" in case.outcomes:
        noted = case.outcome("comment")
        ticket = case.value("ticket")["ticket_id"]
        lines.append(f"Noted on {ticket}." if noted.ok else f"The note on {ticket} was not written: {noted.message}")
    citations = (refund["order_id"], refund["refund_id"], HANDBOOK)
    return Finish(" ".join(lines), citations=citations, data={"refund": dict(refund)})


REFUND = Workflow(
    name="refund",
    version="1",
    owner="support-operations",
    title="Refund an order",
    input=RefundInput,
    fill=fill_refund,
    steps=(look_up, pay_back, tell_ticket, ("report", report_refund)),
    questions={"order_id": "Which order should be refunded? One at a time; tell me its number, for example ORD-8841."},
    writes=("refunds.issue", "tickets.comment"),
    ordered="refunds.issue",
    answers={"amount_minor": ("share", "partial"), "agreed": ("amount_minor", "share", "partial")},
    answered_by=("order_status", "support_policy_question"),
)
