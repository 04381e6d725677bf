"""What is read from a person's own words: if this breaks, requests run with a wrong amount, day or intention."""

from datetime import date

import pytest
from countersign.graphs.language.party_names import clear_choice, names_in
from countersign.graphs.language.request_values import Amount, Problem, amount, day, home_amount, numbers, percent
from countersign.graphs.workflows.engine.workflow import Words
from countersign.graphs.workflows.invoice_exception.request import Wish, invoice_wish
from countersign.graphs.workflows.refund.workflow import fill

TODAY = date(2026, 3, 16)


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("why is INV-1042 stuck?", Wish.EXPLAIN),
        ("what's wrong with INV-1350", Wish.EXPLAIN),
        ("please check why INV-1042 hangs", Wish.EXPLAIN),
        ("which check did INV-1245 fail and how do we get it posted", Wish.EXPLAIN),
        ("INV-1444 exception", Wish.EXPLAIN),
        ("don't post INV-1042, just tell me what is wrong", Wish.EXPLAIN),
        ("explain INV-1042 but do not fix it", Wish.EXPLAIN),
        ("I can't post INV-1266, it says exception. What do I do?", Wish.EXPLAIN),
        ("why can't invoice INV-1212 go through", Wish.EXPLAIN),
        ("handle the exception on invoice INV-1107", Wish.HANDLE),
        ("is INV-1229 a duplicate of INV-1228? please handle", Wish.HANDLE),
        ("the system flags INV-1577 as missing PO. Resolve that please.", Wish.HANDLE),
        ("please resolve INV-1188", Wish.HANDLE),
        ("invoice INV-1201 is blocked, can you sort it out", Wish.HANDLE),
        ("can you fix INV-1042?", Wish.HANDLE),
        ("why is it stuck? please fix it", Wish.HANDLE),
        ("unblock INV-1147 please", Wish.HANDLE),
        ("post INV-1042", Wish.POST),
        ("please book INV-1042", Wish.POST),
    ],
)
def test_a_question_is_no_order(text: str, wish: Wish) -> None:
    """A question that counted as an order would write to suppliers and post invoices."""
    assert invoice_wish(text) is wish


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("a voucher of 20 EUR", Amount(2000, "EUR")),
        ("refund 1,234.50 euros", Amount(123450, "EUR")),
        ("20 USD", Amount(2000, "USD")),
        ("voucher please\n25", Amount(2500, "EUR")),
        ("voucher of -5 EUR\n20 EUR", Amount(2000, "EUR")),
        ("nothing here", None),
        ("order 8841", None),
    ],
)
def test_amounts(text: str, read: Amount | None) -> None:
    """Money must be exact and in the currency that was said; the last answer counts."""
    assert amount(text) == read


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
    filled = fill(Words(text, "", (), TODAY))
    assert filled["order_id"] == "ORD-8841"
    assert filled.get("amount_minor") == amount_minor


@pytest.mark.parametrize("text", ["-5 EUR", "0 EUR", "5 EUR or 10 EUR", "10.005 EUR", "900000000000000 EUR"])
def test_amounts_that_cannot_be_used(text: str) -> None:
    """A negative, double or broken amount must be said back, never used."""
    assert isinstance(amount(text), Problem)


def test_foreign_money_is_a_problem_for_home_amounts() -> None:
    """Dollars must not be taken for euros."""
    found = home_amount("20 USD")
    assert isinstance(found, Problem)
    assert "USD" in found.words


@pytest.mark.parametrize(("text", "read"), [("10 %", 10), ("5 percent off", 5), ("no number", None)])
def test_percentages(text: str, read: int | None) -> None:
    """A discount must be the one that was said."""
    assert percent(text) == read


@pytest.mark.parametrize("text", ["2.5 %", "0 %", "120 %", "5 % or 10 %", "-5 %"])
def test_percentages_that_cannot_be_used(text: str) -> None:
    """A part of a percentage must not be rounded away."""
    assert isinstance(percent(text), Problem)


def test_days() -> None:
    """A day that does not exist must be said back."""
    assert day("until 30 November 2026", TODAY) == date(2026, 11, 30)
    assert isinstance(day("until 31 February 2027", TODAY), Problem)
    assert isinstance(day("until 03/04/2026", TODAY), Problem)
    assert day("some day", TODAY) is None


def test_numbers_said_last_count() -> None:
    """An answer below a question replaces what was said above; earlier words serve only when nothing is named."""
    assert numbers("invoice", "book INV-1001 and INV-1002") == ("INV-1001", "INV-1002")
    assert numbers("invoice", "book INV-1001 and INV-1002\nINV-1002") == ("INV-1002",)
    assert numbers("order", "refund it", "where is order 8841?") == ("ORD-8841",)
    assert numbers("supplier", "SUP-0019") == ("SUP-019",)


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
    assert names_in(text)[0] == first


@pytest.mark.parametrize("text", ["review CON-0031", "Which of our contracts renew in March?", "post INV-1042 please"])
def test_no_names_where_none_are(text: str) -> None:
    """A month or a number taken for a company would search for nonsense."""
    assert names_in(text) == ()


def test_a_choice_must_be_clear() -> None:
    """Of two names that fit alike none may be taken."""
    both = {"CUS-1": "Aldgate Bootsbau AG", "CUS-2": "Aldgate Maschinen SE"}
    assert clear_choice("Aldgate", both) is None
    assert clear_choice("aldgate maschinen", both) == "CUS-2"
    assert clear_choice("Northwind", both) is None
