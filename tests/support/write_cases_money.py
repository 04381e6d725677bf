"""Good and bad calls of the tools that post, pay and approve."""

from services import TODAY, Office
from write_cases import Case, done, first, made, of

GOOD_IBAN = "DE89 3704 0044 0532 0130 00"


def posted(office: Office) -> str:
    """An invoice that lena.brandt posted and nobody paid."""
    return str(first(office, "invoice", status="posted", currency="EUR")["id"])


def matched(office: Office) -> str:
    """An invoice that can be posted."""
    for row in office.records.find("invoice", where={"status": "received", "currency": "EUR"}, limit=100):
        if office.call("lena.brandt", "invoices.match", invoice_id=row["id"]).value["matched"]:
            return str(row["id"])
    raise AssertionError("the sample company has no matched invoice")


MONEY = (
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
)
