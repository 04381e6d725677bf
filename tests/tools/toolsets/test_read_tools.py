"""Reading: the right records, no personal or bank data where it does not belong, exact places, honest failures."""

from typing import Any

import pytest
from countersign.memory.ingest.documents import load_documents
from countersign.memory.ingest.handbooks import read_handbook
from countersign.policies.domain.decision import Verdict
from countersign.tools.outcome import Status
from countersign.tools.sample_company.handbook import HANDBOOKS
from services import TODAY, Office


def read(office: Office, tool: str, user: str = "mara.voss", **args: Any) -> Any:
    outcome = office.call(user, tool, **args)
    assert outcome.ok, outcome.message
    return outcome.value


def test_customers_come_without_personal_data(office: Office) -> None:
    """Least data: who looks up an account need not see how to reach the person."""
    row = office.records.get("customer", "CUS-0270")
    assert row is not None
    shown = str(read(office, "customers.get", customer_id="270")) + str(
        read(office, "customers.search", query=row["name"], limit=20)
    )
    for column in ("email", "phone", "address", "contact"):
        assert row[column] not in shown


@pytest.mark.parametrize("change", [str.lower, lambda n: n[1:], lambda n: n.replace("e", "é", 1), lambda n: f" {n} AG"])
def test_customers_are_found_by_misspelt_names(change: Any, office: Office) -> None:
    """People do not write names as the register does."""
    row = office.records.get("customer", "CUS-0270")
    assert row is not None
    found = read(office, "customers.search", query=change(row["name"]))["customers"]
    assert found[0]["customer_id"] == "CUS-0270"


def test_contact_data_needs_a_ticket_or_order_of_that_customer(office: Office) -> None:
    """Anybody's order would open everybody's address."""
    assert "@" in read(office, "customers.contact", customer_id="CUS-0270", order_id="ORD-8841")["email"]
    none = office.call("mara.voss", "customers.contact", customer_id="CUS-0270")
    assert "name the ticket or the order" in none.message
    other = office.call("mara.voss", "customers.contact", customer_id="CUS-0001", order_id="ORD-8841")
    assert (other.status, "is not about the customer" in other.message) == (Status.FAILED, True)


def test_suppliers_come_without_bank_details(office: Office) -> None:
    """finance-handbook#2.1: bank details have a tool and a rule of their own."""
    row = office.records.get("supplier", "SUP-001")
    assert row is not None
    assert row["iban"] not in str(read(office, "suppliers.get", "lena.brandt", supplier_id="1"))
    assert read(office, "suppliers.bank_details", "karl.weiss", supplier_id="1")["iban"] == row["iban"]


def test_an_order_shows_its_money_and_parcels(office: Office) -> None:
    """The refund is decided on these figures."""
    value = read(office, "orders.get", order_id="#8841")
    assert (value["paid_minor"], value["refundable_minor"]) == (38_900, 38_900)
    assert sum(line["amount_minor"] for line in value["lines"]) == value["total_minor"]
    assert value["shipments"][0]["status"] == "delivered"


def test_searches_narrow_and_count(office: Office) -> None:
    """A list that is cut must say so."""
    value = read(office, "orders.search", status="lost", limit=2)
    assert (len(value["orders"]), value["total"]) == (2, office.records.count("order", where={"status": "lost"}))
    days = [row["ordered_on"] for row in read(office, "orders.search", customer_id="270", limit=50)["orders"]]
    assert days == sorted(days, reverse=True)
    bounds = {"ordered_from": "2026-01-01", "ordered_to": "2026-01-31"}
    assert all(row["ordered_on"].startswith("2026-01") for row in read(office, "orders.search", **bounds)["orders"])
    tickets = read(office, "tickets.search", order_id="ORD-8841")["tickets"]
    assert "TCK-0456" in [row["ticket_id"] for row in tickets]
    word = read(office, "tickets.get", ticket_id="456")["body"].split()[-1]
    assert read(office, "tickets.search", words=word, order_id="ORD-8841")["total"] >= 1


def test_what_outsiders_wrote_is_marked(office: Office) -> None:
    """Unmarked, a customer's words could give orders."""
    assert office.call("mara.voss", "tickets.get", ticket_id="456").untrusted == ("subject", "body", "comments.body")
    assert "number" in office.call("lena.brandt", "invoices.get", invoice_id="1042").untrusted


def test_invoices_are_found_by_supplier_and_due_date(office: Office) -> None:
    """A clerk asks by name and by what is late."""
    row = office.records.get("invoice", "INV-1042")
    assert row is not None
    supplier = office.records.get("supplier", row["supplier_id"])
    assert supplier is not None
    found = read(office, "invoices.search", "lena.brandt", supplier=supplier["name"].lower(), limit=50)
    assert "INV-1042" in [item["invoice_id"] for item in found["invoices"]]
    late = read(office, "invoices.search", "lena.brandt", overdue=True, limit=50)
    assert late["total"] > 15
    assert all(item["days_overdue"] > 0 and item["due_on"] < TODAY.isoformat() for item in late["invoices"])
    assert read(office, "invoices.search", "lena.brandt", supplier="???")["total"] == 0


def test_a_purchase_order_shows_what_came_in(office: Office) -> None:
    """Ordered, received and billed stand side by side."""
    invoice = office.records.get("invoice", "INV-1042")
    assert invoice is not None
    value = read(office, "purchase_orders.get", "lena.brandt", po_id=invoice["po_id"])
    assert value["invoices"] == ["INV-1042"]
    assert all(line["received"] <= line["quantity"] for line in value["lines"])
    assert sum(line["net_minor"] for line in value["lines"]) == value["net_minor"]


def test_contracts_are_found_by_name_month_value_and_gap(office: Office) -> None:
    """What renews in March, with whom, above which value, without which clause: answered from records."""
    row = office.records.get("contract", "CON-0031")
    assert row is not None
    named = read(office, "contracts.search", "noah.lind", counterparty=row["counterparty"].lower())
    assert named["contracts"][0]["contract_id"] == "CON-0031"
    for month in range(1, 13):
        found = read(office, "contracts.search", "noah.lind", renews_month=month, limit=50)
        assert all(item["renews_on"][5:7] == f"{month:02d}" for item in found["contracts"])
    dear = read(office, "contracts.search", "noah.lind", min_value_minor=50_000_000, limit=50)
    assert dear["contracts"]
    assert all(item["value_minor"] >= 50_000_000 for item in dear["contracts"])
    gap = read(office, "contracts.search", "noah.lind", missing_clause="data_protection", limit=50)
    assert "CON-0031" in [item["contract_id"] for item in gap["contracts"]]
    wrong = office.call("noah.lind", "contracts.search", missing_clause="cap on liability")
    assert "the kinds are" in wrong.message


def test_a_contract_comes_with_its_text_only_on_request(office: Office) -> None:
    """Least data, and thousands of tokens less."""
    without = read(office, "contracts.get", "noah.lind", contract_id="31")
    full = read(office, "contracts.get", "noah.lind", contract_id="31", with_text=True)
    assert without["text"] is None
    assert len(full["text"]) == without["characters"] == full["characters"]


def test_a_review_quotes_word_for_word(office: Office) -> None:
    """A quote that is not in the contract is an invention."""
    text = office.records.get("contract", "CON-0031")["text"]  # type: ignore[index]
    value = read(office, "contracts.review", "noah.lind", source_id="CON-0031")
    for item in [*value["clauses"], *value["parties"], *[r for r in value["risks"] if r["start"] is not None]]:
        assert text[item["start"] : item["end"]] == item.get("quote", item.get("name"))
    law = value["governing_law"]
    assert text[law["start"] : law["end"]] == law["quote"]
    assert value["high_risks"] == sum(risk["level"] == "high" for risk in value["risks"]) > 0
    kinds = {risk["kind"] for risk in value["risks"]}
    assert {"payment_terms", "data_protection"} <= kinds


def test_an_attached_contract_is_reviewed_in_its_own_conversation_only(office: Office) -> None:
    """Another conversation, or another user's thread, must not see the document."""
    text = office.records.get("contract", "CON-0031")["text"]  # type: ignore[index]
    mine = office.documents.add(office.who("noah.lind"), "thread-1", "draft.txt", text)
    other = office.documents.add(office.who("noah.lind"), "thread-2", "other.txt", "This Agreement is made elsewhere.")
    empty = office.documents.add(office.who("noah.lind"), "thread-1", "empty.txt", "  \n ")
    assert read(office, "contracts.review", "noah.lind", source_id=mine)["source_id"] == mine
    assert "no document" in office.call("noah.lind", "contracts.review", source_id=other).message
    assert "no text" in office.call("noah.lind", "contracts.review", source_id=empty).message
    piece = read(office, "documents.read", "noah.lind", document_id=mine, start=10, length=20)
    assert (piece["text"], piece["end"], piece["total"]) == (text[10:30], 30, len(text))
    end = read(office, "documents.read", "noah.lind", document_id=mine, start=10**6)
    assert (end["text"], end["start"]) == ("", len(text))


def test_the_handbook_is_quoted_with_its_sections(office: Office) -> None:
    """An answer about a rule needs the section to cite."""
    tenant = office.records.company().tenant
    books = [read_handbook(path) for path in sorted(HANDBOOKS.glob("*.md"))]
    load_documents(office.memory, tenant, books)
    value = read(office, "handbook.search", query="refund limit support manager 100.00 EUR")
    assert "support-handbook#3.2" in [section["section"] for section in value["sections"]]
    (found,) = read(office, "memory.recall", query="refund limit support manager", limit=1)["items"]
    assert (found["provenance"], found["visibility"]) == ("trusted", "org")
    start, end = found["span"]
    (book,) = [each.text for each in books if found["source"].startswith(f"{each.source}#")]
    assert book[start:end] == found["text"]
    kinds = read(office, "memory.recall", query="refund", kinds=["precedent"])
    assert kinds["items"] == []


@pytest.mark.parametrize(
    ("tool", "args"),
    [
        ("orders.get", {"order_id": "ORD-8841'; DROP TABLE orders; --"}),
        ("orders.get", {"order_id": "x" * 65}),
        ("tickets.get", {"ticket_id": ""}),
        ("customers.get", {"customer_id": "CUS-0270\x00"}),
        ("invoices.get", {"invoice_id": None}),
        ("documents.read", {"document_id": "DOC-1", "start": -1}),
        ("orders.search", {"limit": 0}),
        ("orders.search", {"ordered_from": "2026-02-30"}),
        ("calculator.evaluate", {"expression": "__import__('os')"}),
    ],
)
def test_odd_arguments_get_a_clear_no(tool: str, args: dict[str, Any], office: Office) -> None:
    """A stack trace, or worse, an answer."""
    outcome = office.call("mara.voss", tool, **args)
    assert not outcome.ok
    assert outcome.message
    assert "Traceback" not in outcome.message
    assert "Error" not in outcome.message


@pytest.mark.parametrize(
    ("user", "tool", "args", "verdict", "rule"),
    [
        ("mara.voss", "refunds.issue", {"amount_minor": 10_000}, Verdict.ALLOW, "support.refund.small"),
        ("mara.voss", "refunds.issue", {"amount_minor": 10_001}, Verdict.REVIEW, "support.refund"),
        ("mara.voss", "refunds.issue", {"amount_minor": 38_901}, Verdict.DENY, "more_than_paid"),
        ("finn.moor", "refunds.issue", {"amount_minor": 1}, Verdict.DENY, "default.deny"),
        ("lena.brandt", "invoices.post", {"invoice_id": "INV-1042", "note": ""}, Verdict.REVIEW, "exception"),
        ("lena.brandt", "suppliers.bank_details", {"supplier_id": "SUP-001"}, Verdict.DENY, "default.deny"),
        ("karl.weiss", "suppliers.bank_details", {"supplier_id": "SUP-001"}, Verdict.ALLOW, "finance"),
        ("noah.lind", "contracts.set_status", {"contract_id": "31", "status": "approved"}, Verdict.REVIEW, "legal"),
        ("noah.lind", "contracts.send_for_signature", {"contract_id": "31"}, Verdict.REVIEW, "legal"),
        ("clara.birch", "orders.get", {"order_id": "8841"}, Verdict.DENY, "default.deny"),
    ],
)
def test_the_rules_read_the_facts(
    user: str, tool: str, args: dict[str, Any], verdict: Verdict, rule: str, ruled_office: Office
) -> None:
    """A fact under another name would deny everything, or worse, match nothing."""
    if tool == "refunds.issue":
        args = {"order_id": "ORD-8841", "currency": "EUR", "reason": "damaged", **args}
    decision = ruled_office.decide(user, tool, **args)
    assert decision.verdict is verdict, decision
    assert any(rule in found for found in decision.rules), decision.rules


def test_facts_hold_what_the_packs_rely_on(office: Office) -> None:
    """The names and fields are a contract between tools and rules."""
    args: dict[str, dict[str, Any]] = {
        "refunds.issue": {"order_id": "8841", "amount_minor": 1, "currency": "EUR", "reason": "x"},
        "vouchers.issue": {"customer_id": "CUS-0270", "amount_minor": 1, "reason": "x"},
        "invoices.post": {"invoice_id": "INV-1042"},
        "payments.release": {"invoice_id": "INV-1042"},
        "suppliers.change_bank": {"supplier_id": "SUP-001", "iban": "DE89370400440532013000"},
        "suppliers.message": {
            "supplier_id": "SUP-001",
            "invoice_id": "INV-1042",
            "subject": "x",
            "body": "We will pay.",
            "promises_payment": False,
        },
        "contracts.get": {"contract_id": "CON-0031"},
        "contracts.set_status": {"contract_id": "CON-0031", "status": "approved"},
        "contracts.send_for_signature": {"contract_id": "CON-0031"},
        "expenses.approve": {"expense_id": "EXP-0001"},
        "discounts.grant": {"customer_id": "CUS-0270", "percent": 5},
        "access.request": {"system": "ledger", "level": "read", "reason": "x"},
        "access.grant": {"request_id": "ACC-0001"},
        "access.revoke": {"request_id": "ACC-0001"},
    }
    order = "order_id status customer_id placed_by paid_minor refunded_minor refundable_minor currency"
    invoice = {"invoice": "invoice_id status total_minor currency posted_by exceptions days_overdue"}
    contract = {"contract": "contract_id status value_minor currency high_risks owner"}
    request = {"request": "user_id system system_owner manager"}
    expected: dict[str, dict[str, str]] = {
        "refunds.issue": {"order": f"{order} days_since_delivery", "customer": "customer_id refunds_90d"},
        "vouchers.issue": {"customer": "customer_id refunds_90d"},
        "invoices.post": invoice,
        "payments.release": invoice,
        "suppliers.change_bank": {"supplier": "supplier_id"},
        "suppliers.message": {"message": "promises"},
        "contracts.get": {"contract": "owner account_manager"},
        "contracts.set_status": contract,
        "contracts.send_for_signature": contract,
        "expenses.approve": {"expense": "expense_id amount_minor submitted_by manager"},
        "discounts.grant": {"customer": "customer_id account_manager"},
        **dict.fromkeys(("access.request", "access.grant", "access.revoke"), request),
    }
    for tool, wanted in expected.items():
        proposal = office.propose("mara.voss", tool, args[tool])
        office.registry.decide(proposal)
        (record,) = [r for r in office.audit.records(kind="decision") if r.data["digest"] == proposal.digest]
        records = record.data["records"]
        for name, fields in wanted.items():
            assert set(fields.split()) <= set(records[name]), (tool, name)
        if tool == "suppliers.message":
            assert records["message"]["promises"] is True
        if tool == "access.request":
            owner = office.who(records["request"]["system_owner"])
            assert ("controller" in owner.roles, records["request"]["manager"]) == (True, "tom.adler")


def test_masks_of_the_written_rules_reach_the_rows(ruled_office: Office) -> None:
    """legal-handbook#2.1: others see only title, parties and dates; the value stayed visible in lists once."""
    value = read(ruled_office, "contracts.search", "mara.voss", renews_month=3)
    assert value["contracts"]
    for row in value["contracts"]:
        assert row["title"] != row["value_minor"] == row["owner"] == "•••"
    outline = read(ruled_office, "contracts.get", "mara.voss", contract_id="31", with_text=True)
    assert outline["text"] == outline["value_minor"] == "•••"
    full = read(ruled_office, "contracts.get", "noah.lind", contract_id="31", with_text=True)
    assert len(full["text"]) > 1000


def test_a_reviewed_refund_runs_after_the_signature(ruled_office: Office) -> None:
    """The whole way: decide, review, countersign, run once."""
    args = {"order_id": "ORD-8841", "amount_minor": 38_900, "currency": "EUR", "reason": "damaged"}
    outcome = ruled_office.signed("mara.voss", "refunds.issue", ["tom.adler"], **args)
    assert (outcome.status, outcome.value["status"]) == (Status.SUCCEEDED, "pending")
    ruled_office.audit.verify()
