"""What is read from a person's own words: if this breaks, requests run with a wrong amount, day or intention."""

from datetime import date

import pytest
from countersign.graphs.language.party_names import find_clear_choice, find_party_names
from countersign.graphs.language.request_values import (
    MoneyAmount,
    Problem,
    find_record_numbers,
    parse_day,
    parse_home_amount,
    parse_percent,
    parse_request_amount,
)
from countersign.graphs.workflows.engine.workflow import RequestText
from countersign.graphs.workflows.invoice_exception.request import InvoiceRequest, parse_invoice_request
from countersign.graphs.workflows.refund.request import fill_refund

TODAY = date(2026, 3, 16)


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("why is INV-1042 stuck?", InvoiceRequest.EXPLAIN),
        ("what's wrong with INV-1350", InvoiceRequest.EXPLAIN),
        ("please check why INV-1042 hangs", InvoiceRequest.EXPLAIN),
        ("which check did INV-1245 fail and how do we get it posted", InvoiceRequest.EXPLAIN),
        ("INV-1444 exception", InvoiceRequest.EXPLAIN),
        ("don't post INV-1042, just tell me what is wrong", InvoiceRequest.EXPLAIN),
        ("explain INV-1042 but do not fix it", InvoiceRequest.EXPLAIN),
        ("I can't post INV-1266, it says exception. What do I do?", InvoiceRequest.EXPLAIN),
        ("why can't invoice INV-1212 go through", InvoiceRequest.EXPLAIN),
        ("handle the exception on invoice INV-1107", InvoiceRequest.HANDLE),
        ("is INV-1229 a duplicate of INV-1228? please handle", InvoiceRequest.HANDLE),
        ("the system flags INV-1577 as missing PO. Resolve that please.", InvoiceRequest.HANDLE),
        ("please resolve INV-1188", InvoiceRequest.HANDLE),
        ("invoice INV-1201 is blocked, can you sort it out", InvoiceRequest.HANDLE),
        ("can you fix INV-1042?", InvoiceRequest.HANDLE),
        ("why is it stuck? please fix it", InvoiceRequest.HANDLE),
        ("unblock INV-1147 please", InvoiceRequest.HANDLE),
        ("post INV-1042", InvoiceRequest.POST),
        ("please book INV-1042", InvoiceRequest.POST),
    ],
)
def test_a_question_is_no_order(text: str, wish: InvoiceRequest) -> None:
    """A question that counted as an order would write to suppliers and post invoices."""
    assert parse_invoice_request(text) is wish


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("a voucher of 20 EUR", MoneyAmount(2000, "EUR")),
        ("refund 1,234.50 euros", MoneyAmount(123450, "EUR")),
        ("20 USD", MoneyAmount(2000, "USD")),
        ("voucher please\n25", MoneyAmount(2500, "EUR")),
        ("voucher of -5 EUR\n20 EUR", MoneyAmount(2000, "EUR")),
        ("nothing here", None),
        ("order 8841", None),
    ],
)
def test_amounts(text: str, read: MoneyAmount | None) -> None:
    """Money must be exact and in the currency that was said; the last answer counts."""
    assert parse_request_amount(text) == read


@pytest.mark.parametrize(
    ("text", "amount_minor"),
    [
        ("did my refund for 8841 go through?\nrefund order 8841", None),
        ("refund 8841, order 8841", None),
        ("refund 50 of order 8841", 5000),
        ("refund 8842 on order 8841", 884200),
    ],
)
def test_an_order_number_said_twice_is_no_amount(text: str, amount_minor: int | None) -> None:
    """An answer below an open question repeats the number; 8,841.00 EUR would be asked for."""
    filled = fill_refund(RequestText(text, "", (), TODAY))
    assert filled["order_id"] == "ORD-8841"
    assert filled.get("amount_minor") == amount_minor


@pytest.mark.parametrize("text", ["-5 EUR", "0 EUR", "5 EUR or 10 EUR", "10.005 EUR", "900000000000000 EUR"])
def test_amounts_that_cannot_be_used(text: str) -> None:
    """A negative, double or broken amount must be said back, never used."""
    assert isinstance(parse_request_amount(text), Problem)


def test_foreign_money_is_a_problem_for_home_amounts() -> None:
    """Dollars must not be taken for euros."""
    found = parse_home_amount("20 USD")
    assert isinstance(found, Problem)
    assert "USD" in found.words


@pytest.mark.parametrize(("text", "read"), [("10 %", 10), ("5 percent off", 5), ("no number", None)])
def test_percentages(text: str, read: int | None) -> None:
    """A discount must be the one that was said."""
    assert parse_percent(text) == read


@pytest.mark.parametrize("text", ["2.5 %", "0 %", "120 %", "5 % or 10 %", "-5 %"])
def test_percentages_that_cannot_be_used(text: str) -> None:
    """A part of a percentage must not be rounded away."""
    assert isinstance(parse_percent(text), Problem)


def test_days() -> None:
    """A day that does not exist must be said back."""
    assert parse_day("until 30 November 2026", TODAY) == date(2026, 11, 30)
    assert isinstance(parse_day("until 31 February 2027", TODAY), Problem)
    assert isinstance(parse_day("until 03/04/2026", TODAY), Problem)
    assert parse_day("some day", TODAY) is None


def test_numbers_said_last_count() -> None:
    """An answer below a question replaces what was said above; earlier words serve only when nothing is named."""
    assert find_record_numbers("invoice", "book INV-1001 and INV-1002") == ("INV-1001", "INV-1002")
    assert find_record_numbers("invoice", "book INV-1001 and INV-1002\nINV-1002") == ("INV-1002",)
    assert find_record_numbers("order", "refund it", "where is order 8841?") == ("ORD-8841",)
    assert find_record_numbers("supplier", "SUP-0019") == ("SUP-019",)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("what does the contract with Northwind say about liability?", "Northwind"),
        ("which law governs the Kessler agreement", "Kessler"),
        ("give Aldgate & Partner Anlagenbau KG a 10 % discount", "Aldgate & Partner Anlagenbau KG"),
        ("please update Kessler's bank account", "Kessler"),
        ("bank account change for baltic tools", "baltic tools"),
        ('contracts with "Old Harbour"', "Old Harbour"),
    ],
)
def test_names(text: str, first: str) -> None:
    """The company that is meant must be found without a list of companies."""
    assert find_party_names(text)[0] == first


@pytest.mark.parametrize("text", ["review CON-0031", "Which of our contracts renew in March?", "post INV-1042 please"])
def test_no_names_where_none_are(text: str) -> None:
    """A month or a number taken for a company would search for nonsense."""
    assert find_party_names(text) == ()


def test_a_choice_must_be_clear() -> None:
    """Of two names that fit alike none may be taken."""
    both = {"CUS-1": "Aldgate Bootsbau AG", "CUS-2": "Aldgate Maschinen SE"}
    assert find_clear_choice("Aldgate", both) is None
    assert find_clear_choice("aldgate maschinen", both) == "CUS-2"
    assert find_clear_choice("Northwind", both) is None
