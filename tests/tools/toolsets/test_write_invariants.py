"""What must hold in the write itself, whatever policy said before: money, own records, and many at once."""

import asyncio
import multiprocessing
import threading
from pathlib import Path
from typing import Any

import pytest
from countersign.policies.domain.decision import Verdict
from countersign.tools.outcome import Grant, Status
from countersign.tools.sample_company.generate.billing import plant_exceptions
from countersign.tools.toolsets.support.orders import compute_balance
from services import Office, execute_in_process

REFUND: dict[str, Any] = {"order_id": "ORD-8841", "amount_minor": 38_900, "currency": "EUR", "reason": "damaged"}


def test_two_full_refunds_at_once_do_not_both_succeed(office: Office) -> None:
    """Two conversations refund one order: different digests, so the ledger cannot see that it is the same money."""
    proposals = [office.propose("mara.voss", "refunds.issue", REFUND, f"run-{n}") for n in range(6)]
    for proposal in proposals:
        assert office.registry.decide(proposal).verdict is Verdict.ALLOW
    gate, outcomes = threading.Barrier(len(proposals)), []

    def run(proposal: Any) -> None:
        gate.wait()
        outcomes.append(asyncio.run(office.registry.execute(proposal, Grant(proposal.digest))))

    threads = [threading.Thread(target=run, args=(proposal,)) for proposal in proposals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcome.status for outcome in outcomes).count(Status.SUCCEEDED) == 1
    assert compute_balance(office.records, "ORD-8841").refunded == 38_900
    refused = [outcome.message for outcome in outcomes if not outcome.ok]
    assert all("0.00 EUR can still be refunded" in message for message in refused), refused


def test_one_grant_in_many_threads_is_one_effect(office: Office) -> None:
    """Every waiter gets the recorded result; nobody pays twice."""
    proposal = office.propose("mara.voss", "refunds.issue", REFUND)
    office.registry.decide(proposal)
    gate, outcomes = threading.Barrier(6), []

    def run() -> None:
        gate.wait()
        outcomes.append(asyncio.run(office.registry.execute(proposal, Grant(proposal.digest))))

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [outcome.status for outcome in outcomes] == [Status.SUCCEEDED] * 6
    assert len({str(outcome.value) for outcome in outcomes}) == 1
    assert sum(not outcome.replayed for outcome in outcomes) == 1
    assert office.records.count("refund", where={"order_id": "ORD-8841"}) == 1
    office.audit.verify()


def test_one_grant_in_two_processes_is_one_effect(office: Office, tmp_path: Path) -> None:
    """Two workers pick up the same case after a restart."""
    invoice = office.records.find("invoice", where={"status": "posted", "currency": "EUR"}, limit=1)[0]["id"]
    proposal = office.propose("karl.weiss", "payments.release", {"invoice_id": invoice})
    office.registry.decide(proposal)
    spawn = multiprocessing.get_context("spawn")
    gate, answers = spawn.Barrier(2), spawn.Queue()
    workers = [
        spawn.Process(target=execute_in_process, args=(str(tmp_path), proposal.record(), gate, answers))
        for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    found = [answers.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(60)
    assert [status for status, _ in found] == ["succeeded", "succeeded"]
    assert found[0] == found[1]
    assert office.records.count("payment", where={"invoice_id": invoice}) == 1


def test_refunds_add_up_to_what_was_paid_and_no_more(office: Office) -> None:
    """Part by part, more could go back than came in."""
    for run, amount in enumerate((20_000, 18_900)):
        assert office.call("mara.voss", "refunds.issue", f"run-{run}", **REFUND | {"amount_minor": amount}).ok
    last = office.call("mara.voss", "refunds.issue", "run-9", **REFUND | {"amount_minor": 1})
    assert last.status is Status.FAILED
    assert "At most 0.00 EUR" in last.message


def test_a_cancelled_refund_can_be_given_again(office: Office) -> None:
    """Money that never left would be lost to the customer."""
    first = office.call("mara.voss", "refunds.issue", "run-1", **REFUND)
    assert office.call("mara.voss", "refunds.cancel", "run-2", refund_id=first.value["refund_id"]).ok
    assert office.call("mara.voss", "refunds.issue", "run-3", **REFUND).ok


@pytest.mark.parametrize(("status", "words"), [("placed", "is placed"), ("shipped", "is shipped"), ("cancelled", "is")])
def test_orders_that_did_not_arrive_or_get_lost_are_not_refunded(status: str, words: str, office: Office) -> None:
    """The goods may still arrive."""
    order = office.records.find("order", where={"status": status, "currency": "EUR"}, limit=1)[0]
    outcome = office.call("mara.voss", "refunds.issue", **REFUND | {"order_id": order["id"], "amount_minor": 1})
    assert outcome.status is Status.FAILED
    assert words in outcome.message


def test_lost_orders_are_refunded_and_count_as_just_delivered(office: Office) -> None:
    """support-handbook#3.1 names lost orders beside delivered ones."""
    order = office.records.find("order", where={"status": "lost", "currency": "EUR"}, limit=1)[0]
    assert office.call("mara.voss", "orders.get", order_id=order["id"]).value["days_since_delivery"] == 0
    assert office.call("mara.voss", "refunds.issue", **REFUND | {"order_id": order["id"], "amount_minor": 1}).ok


def test_an_order_in_another_currency_is_refunded_in_that_currency(office: Office) -> None:
    """Forty dollars are not forty euros."""
    order = office.records.find("order", where={"status": "delivered", "currency": "USD"}, limit=1)[0]["id"]
    args = REFUND | {"order_id": order, "amount_minor": 1}
    assert office.call("mara.voss", "refunds.issue", **args).status is Status.DENIED
    assert office.call("mara.voss", "refunds.issue", **args | {"currency": "USD"}).value["currency"] == "USD"


def test_nobody_serves_themselves_not_even_through_another_account(office: Office) -> None:
    """mara.voss.admin is mara.voss; a second account must not undo the separation of duties."""
    records = office.records
    own = records.find("order", where={"placed_by": "mara.voss", "status": "delivered"}, limit=1)[0]
    me = records.find("customer", where={"employee_id": "mara.voss"}, limit=1)[0]["id"]
    expense = office.call("mara.voss", "expenses.submit", amount_minor=1, purpose="x").value["expense_id"]
    request = office.call("mara.voss", "access.request", system="wiki", level="read", reason="x").value["request_id"]
    for user in ("mara.voss", "mara.voss.admin"):
        for tool, args in (
            (
                "refunds.issue",
                {"order_id": own["id"], "amount_minor": 1, "currency": own["currency"], "reason": "x"},
            ),
            ("vouchers.issue", {"customer_id": me, "amount_minor": 1, "reason": "x"}),
            ("discounts.grant", {"customer_id": me, "percent": 1}),
            ("expenses.approve", {"expense_id": expense}),
            ("access.grant", {"request_id": request}),
        ):
            outcome = office.call(user, tool, **args)
            assert outcome.status is Status.FAILED, (user, tool)
            assert any(word in outcome.message for word in ("own", "themselves", "yours")), outcome.message


def test_who_posted_an_invoice_does_not_release_its_payment(office: Office) -> None:
    """finance-handbook#4.1, in the write itself."""
    invoice = office.records.find("invoice", where={"status": "posted"}, limit=1)[0]["id"]
    outcome = office.call("lena.brandt", "payments.release", invoice_id=invoice)
    assert outcome.status is Status.FAILED
    assert "somebody else" in outcome.message


def test_a_duplicate_is_never_posted_and_never_paid(office: Office) -> None:
    """finance-handbook#3.3 holds even where no rule is in force."""
    invoice = next(id for id, kind in plant_exceptions(7).items() if kind == "duplicate")
    outcome = office.call("lena.brandt", "invoices.post", invoice_id=invoice)
    assert outcome.status is Status.FAILED
    assert "never posted" in outcome.message
    with office.records.transaction() as tx:
        before = tx.get("invoice", invoice)
        assert before is not None
        tx.update("invoice", invoice, {"status": "posted"}, {"status": before["status"]})
    outcome = office.call("karl.weiss", "payments.release", invoice_id=invoice)
    assert "never paid" in outcome.message


def test_a_paid_invoice_is_not_paid_again(office: Office) -> None:
    """The second release has another digest; the books must stop it."""
    invoice = office.records.find("invoice", where={"status": "posted", "currency": "EUR"}, limit=1)[0]["id"]
    assert office.call("karl.weiss", "payments.release", "run-1", invoice_id=invoice).ok
    again = office.call("karl.weiss", "payments.release", "run-2", invoice_id=invoice)
    assert (again.status, "is paid; only a posted one" in again.message) == (Status.FAILED, True)
    assert not office.call("lena.brandt", "invoices.unpost", invoice_id=invoice).ok


def test_small_discounts_do_not_add_up(office: Office) -> None:
    """Three times 5 % would be 15 % that no sales manager approved."""
    taken = {row["customer_id"] for row in office.records.find("discount", where={"status": "active"})}
    customer = next(row["id"] for row in office.records.find("customer", limit=300) if row["id"] not in taken)
    first = office.call("finn.moor", "discounts.grant", "run-1", customer_id=customer, percent=5)
    again = office.call("finn.moor", "discounts.grant", "run-2", customer_id=customer, percent=5)
    assert "revoke it first" in again.message
    assert office.call("finn.moor", "discounts.revoke", discount_id=first.value["discount_id"]).ok
    assert office.call("finn.moor", "discounts.grant", "run-3", customer_id=customer, percent=5).ok


def test_the_former_bank_account_is_kept_and_not_told(office: Office) -> None:
    """Without the old number nobody can go back; shown to the clerk, it would pass by the rule on bank details."""
    row = office.records.get("supplier", "SUP-001")
    assert row is not None
    outcome = office.call("lena.brandt", "suppliers.change_bank", supplier_id="SUP-001", iban="DE89370400440532013000")
    assert row["iban"] not in str(outcome.value)
    assert outcome.value["before_ending"] == row["iban"][-4:]
    note = office.records.find("note", where={"about_kind": "supplier_bank"}, limit=1)[0]
    assert row["iban"] in note["body"]
