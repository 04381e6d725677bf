"""Invoice exceptions: if this breaks, a question posts an invoice, or a duplicate is paid."""

from datetime import date
from typing import Any

import pytest
from countersign.graphs import Assistant
from countersign.graphs.runtime.run import RunState
from countersign.graphs.steps import Ask, Calls, Finish, StepContext
from countersign.graphs.workflows.invoice_exception.letter import SUPPLIERS_TO_FIX, write_letter
from countersign.graphs.workflows.invoice_exception.request import InvoiceRequest
from countersign.graphs.workflows.invoice_exception.workflow import (
    InvoiceExceptionInput,
    find_invoice,
    post,
    tell_supplier,
)
from countersign.tools.outcome import Outcome, Status
from countersign.tools.sample_company.generate.billing import plant_exceptions
from countersign.tools.toolsets.finance.payment_promises import promises_payment
from message_sender import Say

TODAY = date(2026, 3, 16)
INVOICE: dict[str, Any] = {
    "invoice_id": "INV-0001", "supplier_id": "SUP-001", "supplier": "Ostermann", "number": "we will pay",
    "po_id": "PO-0001", "status": "stuck", "invoice_date": "2026-03-01", "total_minor": 10000, "currency": "EUR",
}  # fmt: skip


def match(*kinds: str) -> dict[str, Any]:
    return {"kinds": list(kinds), "exceptions": [{"kind": kind, "words": f"The {kind} is wrong."} for kind in kinds]}


def case(wish: InvoiceRequest, *kinds: str, status: str = "stuck") -> StepContext[InvoiceExceptionInput]:
    values = {"invoice": INVOICE | {"status": status}, "match": match(*kinds)}
    outcomes = {key: Outcome(Status.SUCCEEDED, "d", value) for key, value in values.items()}
    return StepContext(InvoiceExceptionInput(invoice_id="INV-0001", wish=wish), outcomes, TODAY)


def test_why_changes_nothing() -> None:
    """Asking why must not write to anybody."""
    asked = case(InvoiceRequest.EXPLAIN, "price")
    assert tell_supplier(asked) is None
    assert post(asked) is None


def test_post_does_not_write_to_the_supplier() -> None:
    """Posting was asked for, a letter was not."""
    asked = case(InvoiceRequest.POST, "price")
    assert tell_supplier(asked) is None
    assert isinstance(post(asked), Calls)


@pytest.mark.parametrize("kind", SUPPLIERS_TO_FIX)
def test_the_letter_promises_no_payment(kind: str) -> None:
    """A letter that promises money would need a controller; the supplier's own words could smuggle a promise in."""
    args = write_letter(INVOICE, match(kind))
    assert args is not None
    assert not promises_payment(args["body"])
    assert not args["promises_payment"]
    assert INVOICE["number"] not in args["body"] + args["subject"]


def test_overdue_is_not_the_suppliers_fault() -> None:
    """We must not blame a supplier for our own delay."""
    assert write_letter(INVOICE, match("overdue")) is None


@pytest.mark.parametrize("status", ["posted", "paid"])
def test_what_is_settled_stays(status: str) -> None:
    """A posted invoice must not be posted again."""
    asked = case(InvoiceRequest.HANDLE, "price", status=status)
    assert tell_supplier(asked) is None
    assert post(asked) is None


def test_no_invoice_is_asked_for() -> None:
    """Nothing named, nothing guessed."""
    assert isinstance(find_invoice(StepContext(InvoiceExceptionInput(), {}, TODAY)), Ask)


def rows(assistant: Assistant, kind: str, **where: Any) -> list[dict[str, Any]]:
    return assistant.core.services.registry.services.records.find(kind, where=where)


def planted_one(assistant: Assistant, kind: str) -> str:
    """A stuck invoice in euro whose only exception is of this kind."""
    for invoice_id, planted_kind in plant_exceptions(7).items():
        row = rows(assistant, "invoice", id=invoice_id)[0]
        if (
            planted_kind == kind
            and row["status"] == "stuck"
            and row["currency"] == "EUR"
            and row["total_minor"] < 500_000
        ):
            return invoice_id
    raise AssertionError(kind)


def test_why_is_it_stuck(assistant: Assistant, say: Say) -> None:
    """The figures must be told, and nothing may happen."""
    turn = say("why is INV-1042 stuck?", "lena.brandt")
    assert turn.state is RunState.DONE
    assert "75.50" in turn.reply
    assert "63.00" in turn.reply
    assert turn.data[0]["data"]["kinds"] == ["price"]
    assert rows(assistant, "invoice", id="INV-1042")[0]["status"] == "stuck"
    assert not rows(assistant, "message", about_id="INV-1042", status="sent", author="lena.brandt")


def test_handling_writes_to_the_supplier_and_asks_the_controller(assistant: Assistant, say: Say) -> None:
    """The whole way: message, controller's signature, posting."""
    turn = say("please handle the exception on INV-1042", "lena.brandt")
    (review,) = turn.pending
    assert review.proposal.tool == "invoices.post"
    assert review.free_seats == ("controller",)
    with pytest.raises(Exception, match="separation of duties"):
        assistant.answer(review.review_id, "approve", as_user="lena.brandt")
    done = assistant.answer(review.review_id, "approve", as_user="karl.weiss")
    assert done is not None
    assert done.data[0]["data"]["status"] == "posted"
    assert rows(assistant, "invoice", id="INV-1042")[0]["status"] == "posted"
    (sent,) = rows(assistant, "message", about_id="INV-1042", author="lena.brandt")
    assert "75.50" in sent["body"]
    assert not promises_payment(sent["body"])


def test_a_duplicate_is_never_posted(assistant: Assistant, say: Say) -> None:
    """Not even a controller is asked about a duplicate."""
    invoice_id = planted_one(assistant, "duplicate")
    turn = say(f"please handle the exception on {invoice_id}", "lena.brandt")
    assert turn.state is RunState.DONE
    assert not turn.pending
    assert "duplicate" in turn.reply
    assert turn.data[0]["status"] == "stopped"
    assert rows(assistant, "invoice", id=invoice_id)[0]["status"] == "stuck"


@pytest.mark.parametrize("kind", ["price", "quantity", "missing_po", "wrong_vat"])
def test_every_kind_is_explained(assistant: Assistant, say: Say, kind: str) -> None:
    """Each planted exception must be found and named."""
    turn = say(f"why is {planted_one(assistant, kind)} stuck?", "lena.brandt")
    assert turn.data[0]["data"]["kinds"][0] == kind


def test_support_may_not_look(say: Say) -> None:
    """Who is not in finance learns nothing about an invoice."""
    turn = say("why is INV-1042 stuck?", "mara.voss")
    assert turn.data[0]["status"] == "stopped"
    assert "75.50" not in turn.reply


def test_an_unknown_invoice(say: Say) -> None:
    """A wrong number is said."""
    assert "INV-9999" in say("why is INV-9999 stuck?", "lena.brandt").reply


def test_a_step_after_a_denied_read_stops() -> None:
    """A denied read must not be read as an empty invoice."""
    from countersign.graphs.workflows.invoice_exception.workflow import read_order

    denied = {key: Outcome(Status.DENIED, "d", message="No rule allows it.") for key in ("invoice", "match")}
    end = read_order(StepContext(InvoiceExceptionInput(invoice_id="INV-0001"), denied, TODAY))
    assert isinstance(end, Finish)
    assert "No rule allows it." in end.text
