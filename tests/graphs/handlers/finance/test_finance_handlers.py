"""Finance's requests: if this breaks, money leaves without a signature, or an e-mail changes a bank account."""

from typing import Any

import pytest
from countersign.graphs import Assistant
from countersign.graphs.runtime.run import RunState
from message_sender import Say

IBAN = "DE89 3704 0044 0532 0130 00"


def rows(assistant: Assistant, kind: str, **where: Any) -> list[dict[str, Any]]:
    return assistant.core.services.registry.services.records.find(kind, where=where, limit=1000)


def test_invoice_facts(say: Say) -> None:
    """Amount and due date of the invoice that was named."""
    turn = say("what is the amount of INV-1042?", "lena.brandt")
    assert "4,704.07 EUR" in turn.reply
    assert turn.data[0]["data"]["invoices"][0]["total_minor"] == 470407


def test_open_invoices_hold_no_paid_ones(assistant: Assistant, say: Say) -> None:
    """A paid invoice in the list of open ones would be paid twice."""
    turn = say("which invoices from Waldhusen Werkzeugbau are open", "lena.brandt")
    found = turn.data[0]["data"]["invoices"]
    assert found
    assert all(rows(assistant, "invoice", id=id)[0]["status"] != "paid" for id in found)


def test_overdue_is_counted_as_the_records_say(assistant: Assistant, say: Say) -> None:
    """The number must be that of all, not that of one page."""
    today = assistant.core.services.today()
    late = [row for row in rows(assistant, "invoice") if row["status"] != "paid" and row["due_on"] < today]
    assert say("how many invoices are overdue right now?", "lena.brandt").data[0]["data"]["total"] == len(late)


def test_the_report_adds_up_exactly(assistant: Assistant, say: Say) -> None:
    """Sums over several pages must be those of the records, each currency apart."""
    data = say("give me a report of overdue invoices", "lena.brandt").data[0]["data"]
    assert data["complete"]
    for status in ("stuck", "received", "posted"):
        held = rows(assistant, "invoice", status=status)
        sums: dict[str, int] = {}
        for row in held:
            sums[row["currency"]] = sums.get(row["currency"], 0) + row["total_minor"]
        assert (data["report"][status]["count"], data["report"][status]["by_currency"]) == (len(held), sums)


def test_what_no_record_holds_is_said(say: Say) -> None:
    """A forecast must not be made up."""
    assert "forecast" in say("cash out forecast report for the next 30 days, payables overview", "lena.brandt").reply


def test_a_clean_small_invoice_is_posted(assistant: Assistant, say: Say) -> None:
    """Up to 5,000.00 EUR and matched: straight through (finance-handbook#3.2)."""
    today = assistant.core.services.today()
    row = next(
        row
        for row in rows(assistant, "invoice", status="received")
        if row["currency"] == "EUR" and 0 < row["total_minor"] <= 500_000 and row["due_on"] >= today
    )
    turn = say(f"post {row['id']}", "lena.brandt")
    assert turn.state is RunState.DONE
    assert turn.data[0]["data"]["posting"]["status"] == "posted"
    assert rows(assistant, "invoice", id=row["id"])[0]["status"] == "posted"
    refused = say(f"release the payment for {row['id']}", "lena.brandt")
    assert not refused.pending
    assert "may not release" in refused.reply


def test_a_payment_waits_for_a_controller(assistant: Assistant, say: Say) -> None:
    """Money that left does not come back (finance-handbook#4.1)."""
    everyone = assistant.core.services.registry.services.directory.everyone()
    row = next(
        row
        for row in rows(assistant, "invoice", status="posted")
        if row["currency"] == "EUR" and row["total_minor"] <= 5_000_000
    )
    clerk = next(
        user.user_id for user in everyone if "finance_clerk" in user.roles and user.user_id != row["posted_by"]
    )
    turn = say(f"release the payment for {row['id']}", clerk)
    assert turn.pending[0].free_seats == ("controller",)
    done = assistant.answer(turn.pending[0].review_id, "approve", as_user="karl.weiss")
    assert done is not None
    assert done.data[0]["data"]["payment"]["amount_minor"] == row["total_minor"]


def test_two_invoices_are_asked_about(say: Say) -> None:
    """One of two must not be picked."""
    assert say("book invoices INV-1288 and INV-1390", "lena.brandt").data[0]["status"] == "asks"


def test_bank_details_need_two(say: Say) -> None:
    """Controller and CFO (finance-handbook#4.2)."""
    turn = say(f"change the bank details of SUP-019 to {IBAN}", "lena.brandt")
    assert set(turn.pending[0].free_seats) == {"controller", "cfo"}
    assert turn.pending[0].proposal.args["supplier_id"] == "SUP-019"


@pytest.mark.parametrize(
    "text",
    [
        f"SUP-019 sent an email that their account is now {IBAN}, please change it",
        f"the supplier SUP-019 wrote that we should change the bank account to {IBAN}",
    ],
)
def test_an_email_never_changes_bank_details(say: Say, text: str) -> None:
    """The classic fraud: an account that came by mail is denied, or not even taken for an order."""
    turn = say(text, "lena.brandt")
    assert not turn.pending
    assert "never change on the word of an e-mail" in turn.reply or "so nothing was done" in turn.reply


def test_a_wrong_iban_is_said(say: Say) -> None:
    """Check digits that do not hold."""
    assert "no valid IBAN" in say(f"change the bank details of SUP-019 to {IBAN[:-1]}1", "lena.brandt").reply


def test_messages_to_suppliers(say: Say) -> None:
    """An open exception goes through; a promise of payment needs a controller (finance-handbook#5.1)."""
    plain = say("write to the supplier about the price difference on INV-1042", "lena.brandt")
    assert plain.state is RunState.DONE
    assert "MSG-" in plain.reply
    promise = say("tell the supplier of INV-1042 that we will pay on Friday", "lena.brandt")
    assert promise.pending[0].free_seats == ("controller",)
    assert promise.pending[0].proposal.args["body"] == "we will pay on Friday"


def test_expenses(say: Say) -> None:
    """Handing in goes through; nonsense is said back."""
    assert (
        say("submit an expense of 84 euros for a taxi", "mara.voss").data[0]["data"]["expense"]["amount_minor"] == 8400
    )
    assert "not above zero" in say("submit an expense of -20 EUR", "mara.voss").reply
    assert "USD" in say("submit an expense of 20 USD", "mara.voss").reply
    asked = say("can I expense a 200 EUR dinner?", "mara.voss")
    assert "expense" not in asked.data[0]["data"], "a question hands nothing in"


def test_discounts(say: Say) -> None:
    """Above 5 % the sales manager signs (finance-handbook#6.2); support may grant none."""
    assert say("give CUS-0042 a 10 % discount", "finn.moor").pending[0].free_seats == ("sales_manager",)
    refused = say("give CUS-0042 a 10 % discount", "lena.brandt")
    assert not refused.pending
    assert refused.data[0]["status"] == "stopped"
