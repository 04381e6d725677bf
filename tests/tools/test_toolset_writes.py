"""Every tool that changes something: does it once, tells the same when asked again, and refuses what makes no sense."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from countersign.tools.company.kinds import KINDS
from countersign.tools.ledger import key_of
from countersign.tools.outcome import Status
from countersign.tools.spec import ToolContext, issue_permit
from countersign.tools.toolsets import ALL
from office import TODAY, Office

BY_NAME = {spec.name: spec for spec in ALL}
Args = Mapping[str, Any]
GOOD_IBAN = "DE89 3704 0044 0532 0130 00"


@dataclass(frozen=True)
class Case:
    """One good call of a tool, what it changes, and calls that must be refused."""

    tool: str
    user: str
    args: Args | Callable[[Office], Args]
    seen: Callable[[Office, Mapping[str, Any]], Any]
    expected: Any
    wrong: tuple[tuple[Args, str], ...] = ()

    def given(self, office: Office) -> Args:
        return self.args(office) if callable(self.args) else self.args


def first(office: Office, kind: str, **where: Any) -> dict[str, Any]:
    return office.records.find(kind, where=where, limit=1)[0]


def done(office: Office, user: str, tool: str, **args: Any) -> Mapping[str, Any]:
    outcome = office.call(user, tool, "before", **args)
    assert outcome.ok, outcome.message
    return outcome.value


def posted(office: Office) -> str:
    """An invoice that lena.brandt posted and nobody paid."""
    return str(first(office, "invoice", status="posted", currency="EUR")["id"])


def matched(office: Office) -> str:
    """An invoice that can be posted."""
    for row in office.records.find("invoice", where={"status": "received", "currency": "EUR"}, limit=100):
        if office.call("lena.brandt", "invoices.match", invoice_id=row["id"]).value["matched"]:
            return str(row["id"])
    raise AssertionError("the sample company has no matched invoice")


def of(kind: str, field: str, column: str) -> Callable[[Office, Mapping[str, Any]], Any]:
    """Reads a column of the record that a result names."""

    def read(office: Office, value: Mapping[str, Any]) -> Any:
        row = office.records.get(kind, value[field])
        assert row is not None
        return row[column]

    return read


def made(kind: str, field: str, *columns: str) -> Callable[[Office, Mapping[str, Any]], Any]:
    """Reads some columns of the record that a result names."""
    return lambda office, value: tuple(of(kind, field, column)(office, value) for column in columns)


CASES = [
    Case(
        "refunds.issue",
        "mara.voss",
        {"order_id": "ORD-8841", "amount_minor": 38900, "currency": "EUR", "reason": "damaged"},
        made("refund", "refund_id", "order_id", "amount_minor", "status", "created_by"),
        ("ORD-8841", 38900, "pending", "mara.voss"),
        (
            ({"order_id": "ORD-0001"}, "no order ORD-0001"),
            ({"amount_minor": 38901}, "At most 389.00 EUR"),
            ({"amount_minor": 0}, "greater than 0"),
            ({"amount_minor": -100}, "greater than 0"),
            ({"amount_minor": 10.5}, "valid integer"),
            ({"amount_minor": "100"}, "valid integer"),
            ({"amount_minor": True}, "valid integer"),
            ({"amount_minor": 10**30}, "less than or equal"),
            ({"currency": "USD"}, "cannot be refunded in USD"),
            ({"currency": "eur"}, "match pattern"),
            ({"approved": True}, "Extra inputs"),
        ),
    ),
    Case(
        "refunds.cancel",
        "mara.voss",
        lambda o: {
            "refund_id": done(
                o, "mara.voss", "refunds.issue", order_id="8841", amount_minor=1, currency="EUR", reason="x"
            )["refund_id"]
        },
        of("refund", "refund_id", "status"),
        "cancelled",
        (({"refund_id": "REF-0001"}, "is paid; only one that is pending"), ({"refund_id": "X"}, "no refund X")),
    ),
    Case(
        "vouchers.issue",
        "mara.voss",
        {"customer_id": "CUS-0270", "amount_minor": 2500, "reason": "late"},
        made("voucher", "voucher_id", "customer_id", "amount_minor", "currency", "status"),
        ("CUS-0270", 2500, "EUR", "issued"),
        (({"customer_id": "CUS-9999"}, "no customer"), ({"amount_minor": -1}, "greater than 0")),
    ),
    Case(
        "vouchers.cancel",
        "mara.voss",
        {"voucher_id": "VOU-0001"},
        of("voucher", "voucher_id", "status"),
        "cancelled",
        (({"voucher_id": "VOU-9999"}, "no voucher"),),
    ),
    Case(
        "tickets.comment",
        "mara.voss",
        {"ticket_id": "TCK-0456", "body": "Called back.", "public": True},
        made("ticket_comment", "comment_id", "ticket_id", "author", "public", "body"),
        ("TCK-0456", "mara.voss", True, "Called back."),
        (({"ticket_id": "TCK-9999"}, "no ticket"), ({"body": " "}, "at least 1"), ({"public": "yes"}, "boolean")),
    ),
    Case(
        "tickets.set_status",
        "mara.voss",
        {"ticket_id": "456", "status": "solved"},
        of("ticket", "ticket_id", "status"),
        "solved",
        (
            ({"status": "open"}, "is open"),
            ({"status": "deleted"}, "'open', 'pending'"),
            ({"ticket_id": "0"}, "no ticket"),
        ),
    ),
    Case(
        "invoices.post",
        "lena.brandt",
        lambda o: {"invoice_id": matched(o), "note": "agreed"},
        made("invoice", "invoice_id", "status", "posted_by", "posted_on"),
        ("posted", "lena.brandt", TODAY),
        (({"invoice_id": "INV-9999"}, "no invoice"),),
    ),
    Case(
        "invoices.unpost",
        "lena.brandt",
        lambda o: {"invoice_id": posted(o)},
        made("invoice", "invoice_id", "status", "posted_by", "posted_on"),
        ("stuck", None, None),
        (({"invoice_id": "INV-1042"}, "is stuck; only a posted one"),),
    ),
    Case(
        "payments.release",
        "karl.weiss",
        lambda o: {"invoice_id": posted(o)},
        lambda o, value: (
            of("invoice", "invoice_id", "status")(o, value),
            made("payment", "payment_id", "direction", "status", "created_by")(o, value),
        ),
        ("paid", ("out", "released", "karl.weiss")),
        (({"invoice_id": "INV-1042"}, "is stuck; only a posted one"), ({"invoice_id": "?"}, "no invoice")),
    ),
    Case(
        "suppliers.change_bank",
        "karl.weiss",
        {"supplier_id": "SUP-001", "iban": GOOD_IBAN},
        of("supplier", "supplier_id", "iban"),
        "DE89370400440532013000",
        (
            ({"iban": "DE88370400440532013000"}, "no valid IBAN"),
            ({"iban": "DE8937040044053201300"}, "no valid IBAN"),
            ({"iban": "XX"}, "no valid IBAN"),
            ({"iban": f"{GOOD_IBAN} or {GOOD_IBAN}"}, "no valid IBAN"),
            ({"supplier_id": "SUP-999"}, "no supplier"),
        ),
    ),
    Case(
        "suppliers.message",
        "lena.brandt",
        {
            "supplier_id": "SUP-001",
            "invoice_id": "INV-1042",
            "subject": "Price",
            "body": "The price differs.",
            "promises_payment": False,
        },
        made("message", "message_id", "direction", "party_id", "about_id", "author", "body"),
        ("out", "SUP-001", "INV-1042", "lena.brandt", "The price differs."),
        (
            ({"supplier_id": "SUP-002"}, "would reach a stranger"),
            ({"invoice_id": "INV-0"}, "no invoice"),
            ({"promises_payment": None}, "boolean"),
        ),
    ),
    Case(
        "expenses.submit",
        "mara.voss",
        {"amount_minor": 4200, "purpose": "train"},
        made("expense", "expense_id", "employee_id", "amount_minor", "currency", "status"),
        ("mara.voss", 4200, "EUR", "submitted"),
        (({"amount_minor": -4200}, "greater than 0"), ({"purpose": ""}, "at least 1")),
    ),
    Case(
        "expenses.approve",
        "tom.adler",
        lambda o: {
            "expense_id": done(o, "mara.voss", "expenses.submit", amount_minor=100, purpose="bus")["expense_id"]
        },
        made("expense", "expense_id", "status", "approved_by"),
        ("approved", "tom.adler"),
        (({"expense_id": "EXP-9999"}, "no expense"),),
    ),
    Case(
        "discounts.grant",
        "finn.moor",
        lambda o: {"customer_id": free_customer(o), "percent": 5},
        made("discount", "discount_id", "percent_bp", "status", "valid_from"),
        (500, "active", TODAY),
        (
            ({"percent": 0}, "greater than or equal"),
            ({"percent": 101}, "less than or equal"),
            ({"percent": 2.5}, "integer"),
        ),
    ),
    Case(
        "discounts.revoke",
        "finn.moor",
        {"discount_id": "DIS-0001"},
        of("discount", "discount_id", "status"),
        "revoked",
        (({"discount_id": "DIS-9999"}, "no discount"),),
    ),
    Case(
        "contracts.note",
        "noah.lind",
        {"contract_id": "CON-0031", "body": "Cap too low."},
        made("note", "note_id", "about_kind", "about_id", "author", "body"),
        ("contract", "CON-0031", "noah.lind", "Cap too low."),
        (({"contract_id": "CON-9999"}, "no contract"), ({"body": "x" * 8001}, "at most 8000")),
    ),
    Case(
        "contracts.set_status",
        "eva.stern",
        {"contract_id": "CON-0031", "status": "approved"},
        of("contract", "contract_id", "status"),
        "approved",
        (
            ({"status": "sent"}, "'draft', 'in_review'"),
            ({"status": "expired"}, "only one that is active can become expired"),
            ({"contract_id": "CON-9999"}, "no contract"),
        ),
    ),
    Case(
        "contracts.send_for_signature",
        "eva.stern",
        lambda o: {"contract_id": approved(o)},
        lambda o, value: (
            of("contract", "contract_id", "status")(o, value),
            made("message", "message_id", "direction", "about_id")(o, value),
        ),
        ("sent", ("out", "CON-0031")),
        (({"contract_id": "CON-0001"}, "only an approved one"),),
    ),
    Case(
        "tasks.create",
        "noah.lind",
        {"title": "Ask for a cap", "assignee": "eva.stern", "due_on": "2026-03-20", "about_id": "CON-0031"},
        made("task", "task_id", "assignee", "created_by", "about_id", "status"),
        ("eva.stern", "noah.lind", "CON-0031", "open"),
        (
            ({"assignee": "nobody"}, "Nobody with the id"),
            ({"due_on": "2026-02-30"}, "day value is outside"),
            ({"about_id": "XYZ-1"}, "cannot be about"),
            ({"about_id": "CON-9999"}, "no contract"),
        ),
    ),
    Case(
        "tasks.close",
        "noah.lind",
        lambda o: {"task_id": done(o, "noah.lind", "tasks.create", title="x")["task_id"]},
        of("task", "task_id", "status"),
        "done",
        (({"task_id": "TSK-9999"}, "no task"),),
    ),
    Case(
        "access.request",
        "mara.voss",
        {"system": "Customer  Portal", "level": "read", "reason": "new task"},
        made("access_request", "request_id", "employee_id", "system", "level", "status"),
        ("mara.voss", "customer portal", "read", "requested"),
        (({"system": "l e d g e r"}, "no system"), ({"level": "admin"}, "'read' or 'write'")),
    ),
    Case(
        "access.grant",
        "uwe.kern",
        lambda o: {"request_id": asked(o)},
        made("access_request", "request_id", "status", "decided_by"),
        ("granted", "uwe.kern"),
        (({"request_id": "ACC-9999"}, "no access request"),),
    ),
    Case(
        "access.revoke",
        "uwe.kern",
        lambda o: {"request_id": asked(o)},
        made("access_request", "request_id", "status", "decided_by"),
        ("revoked", "uwe.kern"),
    ),
]


def free_customer(office: Office) -> str:
    """A customer of finn.moor without a discount."""
    taken = {row["customer_id"] for row in office.records.find("discount", where={"status": "active"})}
    rows = office.records.find("customer", where={"account_manager": "finn.moor"}, order_by="id")
    return str(next(row["id"] for row in rows if row["id"] not in taken))


def approved(office: Office) -> str:
    """The shown contract, approved."""
    done(office, "eva.stern", "contracts.set_status", contract_id="CON-0031", status="approved")
    return "CON-0031"


def asked(office: Office) -> str:
    """A request of mara.voss for access."""
    return str(done(office, "mara.voss", "access.request", system="wiki", level="read", reason="x")["request_id"])


def rows(office: Office) -> dict[str, int]:
    """How many records of each kind there are."""
    return {kind: office.records.count(kind) for kind in KINDS}


def context(office: Office, user: str, key: str) -> ToolContext:
    """What reconcile is given."""
    return ToolContext(office.who(user), office.services, TODAY, "thread-1", key, None)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.tool)
def test_a_write_happens_once_and_can_be_asked_about(case: Case, office: Office) -> None:
    """A retry, a double click or a resume would pay, post or send a second time."""
    args = case.given(office)
    proposal = office.propose(case.user, case.tool, args)
    office.registry.decide(proposal)
    outcome = office.run(proposal)
    assert outcome.ok, outcome.message
    assert case.seen(office, outcome.value) == case.expected
    after = rows(office)

    again = office.run(proposal)
    assert (again.replayed, again.value) == (True, outcome.value)
    assert rows(office) == after

    spec, model = BY_NAME[case.tool], BY_NAME[case.tool].arguments.model_validate(proposal.args)
    assert spec.reconcile is not None
    found = spec.reconcile(model, context(office, case.user, key_of(proposal.digest)))
    assert found is not None
    assert found.model_dump(mode="json") == outcome.value
    assert spec.reconcile(model, context(office, case.user, "cs-never")) is None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.tool)
def test_a_body_that_runs_again_under_its_key_does_nothing_more(case: Case, office: Office) -> None:
    """The ledger repeats an effect in doubt under the same key; the system must recognise it."""
    args = case.given(office)
    spec = BY_NAME[case.tool]
    model = spec.arguments.model_validate(args)
    results = []
    for _ in range(2):
        given = ToolContext(office.who(case.user), office.services, TODAY, "t", "cs-1", issue_permit())
        results.append(spec.run(model, given))
        counted = rows(office)
        if len(results) == 1:
            before = counted
    assert results[0] == results[1]
    assert before == counted


@pytest.mark.parametrize(
    ("case", "change", "words"),
    [(case, change, words) for case in CASES for change, words in case.wrong],
    ids=lambda value: value.tool if isinstance(value, Case) else None,
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    case: Case, change: Args, words: str, office: Office
) -> None:
    """Unknown ids, foreign currency, wrong states and amounts below zero: said in words, nothing written."""
    args = {**case.given(office), **change}
    before = rows(office)
    proposal = office.propose(case.user, case.tool, args)
    office.registry.decide(proposal)
    outcome = office.run(proposal)
    assert outcome.status in (Status.DENIED, Status.FAILED)
    assert words in outcome.message
    assert rows(office) == before


@pytest.mark.parametrize("case", [case for case in CASES if BY_NAME[case.tool].undo_tool], ids=lambda case: case.tool)
def test_what_can_be_undone_is_undone_by_its_own_result(case: Case, office: Office) -> None:
    """A playbook that fails half-way could not take its steps back."""
    args = case.given(office)
    outcome = office.call(case.user, case.tool, **args)
    spec = BY_NAME[case.tool]
    assert spec.undo is not None
    assert spec.undo_tool is not None
    undone = office.call(case.user, spec.undo_tool, "undo", **spec.undo(args, outcome.value))
    assert undone.ok, undone.message
    assert case.seen(office, outcome.value) != case.expected


def test_every_write_has_a_case() -> None:
    """A new write would go untested."""
    assert {case.tool for case in CASES} == {spec.name for spec in ALL if spec.writes}
