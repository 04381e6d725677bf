"""Typed values are read exactly from messages, with their place in the text."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from countersign.tools.extraction.extract import (
    extract_mentions,
    find_dates,
    find_durations,
    find_email_mentions,
    find_iban_mentions,
    find_id_mentions,
    find_money,
    find_percentages,
)
from hypothesis import given
from hypothesis import strategies as st

TODAY = date(2025, 3, 10)


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("€1.234,56", "1234.56", "EUR"),
        ("EUR 1,234.56", "1234.56", "EUR"),
        ("1 234,50 €", "1234.50", "EUR"),
        ("12'500.50 CHF", "12500.50", "CHF"),
        ("$9,999", "9999", "USD"),
        ("9,999 dollars", "9999", "USD"),
        ("31,5 Euro", "31.5", "EUR"),
        ("US$1,000,000.00", "1000000.00", "USD"),
        ("$2.5 million", "2500000", "USD"),
        ("2.125 million EUR", "2125000", "EUR"),
        ("5k EUR", "5000", "EUR"),
        ("five hundred dollars", "500", "USD"),
        ("2.5 million", "2500000", ""),
        ("-€50", "-50", "EUR"),
        ("minus 20 EUR", "-20", "EUR"),
        ("EUR -5", "-5", "EUR"),
    ],
)
def test_money_is_exact_in_the_usual_spellings(text: str, amount: str, currency: str) -> None:
    """A refund would be made over a wrong sum or in a wrong currency."""
    (found,) = find_money(f"please refund {text} now")
    assert (found.amount, found.currency, found.text) == (Decimal(amount), currency, text)
    assert found.negative is (Decimal(amount) < 0)


def test_an_unknown_currency_is_kept_and_named() -> None:
    """500 of something else would be paid out as euros."""
    codes = [(found.currency, found.known) for found in find_money("500,00 XYZ, then XBT 5.00, then ₿ 3")]
    assert codes == [("XYZ", False), ("XBT", False), ("₿", False)]


def test_a_separator_that_can_be_read_two_ways_is_flagged() -> None:
    """1.234 EUR would silently become 1.23 or 1,234."""
    (found,) = find_money("1.234 EUR")
    assert found.ambiguous
    assert found.amount == 1234


def test_record_numbers_and_bare_numbers_are_not_money() -> None:
    """INV 1042 would be taken as 1,042 units of the currency INV."""
    assert not find_money("INV 1042 and order 8841, see page 3, 25 and section 14.20")


@given(
    cents=st.integers(min_value=0, max_value=10**12),
    style=st.sampled_from(["€{:,.2f}", "EUR {:,.2f}", "{:,.2f} EUR", "{:.2f} €", "german"]),
    before=st.text(alphabet="abc ,;\n", max_size=20),
)
def test_money_comes_back_as_it_was_written(cents: int, style: str, before: str) -> None:
    """Some amount in some style is read wrong, or its span does not hold its text."""
    amount = Decimal(cents) / 100
    german = "€" + f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
    written = german if style == "german" else style.format(amount)
    text = f"{before} {written}"
    (found,) = find_money(text)
    assert found.amount == amount
    assert found.currency == "EUR"
    assert text[found.start : found.end] == found.text == written


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the 1st day of March, 2014", date(2014, 3, 1)),
        ("2014-03-01", date(2014, 3, 1)),
        ("01.03.2014", date(2014, 3, 1)),
        ("March 1, 2014", date(2014, 3, 1)),
        ("1 March 2014", date(2014, 3, 1)),
        ("Sept. 21, 1998", date(1998, 9, 21)),
        ("22 Dec. 2017", date(2017, 12, 22)),
        ("24t h day of August 2018", date(2018, 8, 24)),
        ("first day of June, 2001", date(2001, 6, 1)),
        ("13/4/2024", date(2024, 4, 13)),
        ("03-24-06", date(2006, 3, 24)),
        ("29 February 2024", date(2024, 2, 29)),
        ("tomorrow", date(2025, 3, 11)),
        ("14 March", date(2025, 3, 14)),
        ("9 March", date(2026, 3, 9)),
    ],
)
def test_dates_are_read_in_the_usual_spellings(text: str, expected: date) -> None:
    """A deadline would be computed from a wrong day."""
    (found,) = find_dates(text, today=TODAY)
    assert found.value == expected
    assert found.exists


@pytest.mark.parametrize(
    "text", ["31 February 2020", "2024-02-30", "February 29, 2023", "31 April", "31.04.2024", "13/13/2024"]
)
def test_a_date_that_does_not_exist_is_said_to_not_exist(text: str) -> None:
    """31 February would be moved to some day in March without a word."""
    (found,) = find_dates(text, today=TODAY)
    assert found.value is None
    assert not found.exists
    assert "does not exist" in found.note


def test_day_and_month_that_can_be_swapped_are_not_guessed() -> None:
    """3/4/2024 would be read as April by some and as March by others."""
    (found,) = find_dates("3/4/2024")
    assert found.value is None
    assert found.candidates == (date(2024, 4, 3), date(2024, 3, 4))
    assert find_dates("3/4/2024", day_first=True)[0].value == date(2024, 4, 3)
    assert find_dates("3/4/2024", day_first=False)[0].value == date(2024, 3, 4)


@pytest.mark.parametrize(
    ("text", "year", "month"),
    [
        ("which contracts renew in March?", 2025, 3),
        ("next March", 2026, 3),
        ("last March", 2024, 3),
        ("in February", 2026, 2),
        ("this ____ day of March, 2018", 2018, 3),
        ("February ____, 2017", 2017, 2),
        ("May 2014", 2014, 5),
        ("next month", 2025, 4),
        ("last month", 2025, 2),
    ],
)
def test_months_are_read_as_months(text: str, year: int, month: int) -> None:
    """ "In March" would be answered for one day of March, or for the wrong year."""
    (found,) = find_dates(text, today=TODAY)
    assert (found.precision, found.value, found.year, found.month) == ("month", None, year, month)


def test_relative_dates_stay_open_without_a_today() -> None:
    """The same text would give other answers on other days, unseen."""
    assert [found.year for found in find_dates("next March and tomorrow")] == [None, None]


def test_the_verb_may_is_no_month() -> None:
    """Every contract would be full of dates in May."""
    assert not find_dates("the Supplier may 5 times, or may in the end, march on; see 14.20.13", today=TODAY)


@given(
    st.dates(min_value=date(1970, 1, 1), max_value=date(2068, 12, 31)),
    st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%B %d, %Y", "%d %B %Y", "%b %d, %Y", "%d day of %B, %Y"]),
)
def test_dates_come_back_as_they_were_written(day: date, style: str) -> None:
    """Some day in some style is read wrong, or its span does not hold its text."""
    text = f"(as of {day.strftime(style)})"
    (found,) = find_dates(text)
    assert found.value == day
    assert text[found.start : found.end] == found.text


@pytest.mark.parametrize(
    ("text", "kind", "canonical"),
    [
        ("INV-1042", "invoice", "INV-1042"),
        ("invoice 1042", "invoice", "INV-1042"),
        ("Invoice no. 1042", "invoice", "INV-1042"),
        ("inv1042", "invoice", "INV-1042"),
        ("order #8841", "order", "ORD-8841"),
        ("ORD-8841", "order", "ORD-8841"),
        ("CON-0031", "contract", "CON-0031"),
        ("contract 031", "contract", "CON-0031"),
        ("PO-2077", "purchase order", "PO-2077"),
        ("purchase order 2077", "purchase order", "PO-2077"),
        ("TCK-0456", "ticket", "TCK-0456"),
        ("CUS-00012", "customer", "CUS-0012"),
    ],
)
def test_record_numbers_get_one_canonical_form(text: str, kind: str, canonical: str) -> None:
    """The record would not be found, or the wrong one."""
    (found,) = find_id_mentions(f"about {text}, please")
    assert (found.kind, found.canonical, found.text) == (kind, canonical, text)


def test_amounts_after_a_record_word_are_no_record_numbers() -> None:
    """ "Invoice 500 EUR" would open invoice 500."""
    assert not find_id_mentions("invoice 500 EUR, order 1,000 pieces, contract 2014-3, payment 20%, po 12")


def test_emails_and_bank_accounts() -> None:
    """A mistyped bank account would pass as a good one."""
    (mail,) = find_email_mentions("write to Jo.Doe+x@Example.co.uk.")
    assert mail.canonical == "jo.doe+x@example.co.uk"
    good, bad = find_iban_mentions("DE89 3704 0044 0532 0130 00 PLEASE and DE89370400440532013001")
    assert (good.canonical, good.valid) == ("DE89370400440532013000", True)
    assert good.text == "DE89 3704 0044 0532 0130 00"
    assert not bad.valid


def test_percentages_and_durations() -> None:
    """A discount or a notice period would be read wrong."""
    shares = [str(found.value) for found in find_percentages("19 %, 2.5%, five percent (5%), 50 basis points")]
    assert shares == ["19", "2.5", "5", "0.5"]
    lengths = find_durations("thirty (30) days, 12-month, two years, ten business days, 90 days' notice")
    assert [(int(found.count), found.unit, found.business) for found in lengths] == [
        (30, "day", False), (12, "month", False), (2, "year", False), (10, "day", True), (90, "day", False),
    ]  # fmt: skip
    assert lengths[2].months == 24


@given(st.text(alphabet="0123456789.,-/€$ EURinvoiceMarchyday@()%'", max_size=200))
def test_every_span_holds_its_text_whatever_comes_in(text: str) -> None:
    """A quote would point at other words than it shows, or odd text would crash the reader."""
    found = extract_mentions(text, today=TODAY)
    groups: tuple[Sequence[Any], ...] = (found.money, found.dates, found.ids, found.percentages, found.durations)
    for group in (*groups, found.emails, found.ibans):
        for one in group:
            assert text[one.start : one.end] == one.text
        assert all(one.end <= two.start for one, two in pairwise(group))
