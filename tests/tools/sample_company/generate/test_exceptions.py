"""The planted invoice exceptions, found again by a checker that knows only the finance handbook."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from fractions import Fraction

import pytest
from countersign.tools.connectors.port import BusinessRecord, SystemOfRecord
from countersign.tools.connectors.sql.sql_records import SqlRecords
from countersign.tools.sample_company.generate import billing
from countersign.tools.sample_company.schema.schema import metadata
from countersign.tools.sample_company.store.database import open_company

TODAY = date(2026, 3, 16)


def three_way_match(records: SystemOfRecord) -> dict[str, str]:
    """Every invoice that fails finance-handbook#3.1, with the first kind that applies."""
    orders = {row["id"]: row for row in records.find("purchase_order", limit=10_000)}
    ordered = {(r["po_id"], r["line_no"]): r for r in records.find("purchase_order_line", limit=10_000)}
    arrived: Counter[tuple[str, int]] = Counter()
    for row in records.find("goods_receipt", limit=10_000):
        arrived[row["po_id"], row["line_no"]] += row["quantity"]
    lines = defaultdict(list)
    for row in records.find("invoice_line", limit=10_000):
        lines[row["invoice_id"]].append(row)
    numbers: set[tuple[str, str]] = set()
    amounts: set[tuple[str, int, date]] = set()
    found = {}
    for invoice in records.find("invoice", order_by=["received_on", "id"], limit=10_000):
        number = (invoice["supplier_id"], invoice["number"])
        amount = (invoice["supplier_id"], invoice["total_minor"], invoice["invoice_date"])
        order = orders.get(invoice["po_id"] or "")
        if order is None or order["supplier_id"] != invoice["supplier_id"]:
            found[invoice["id"]] = "missing_po"
        elif number in numbers or amount in amounts:
            found[invoice["id"]] = "duplicate"
        else:
            kind = _line_fault(invoice, lines[invoice["id"]], ordered, arrived)
            late = invoice["due_on"] < records.company().today and invoice["paid_on"] is None
            if kind or late:
                found[invoice["id"]] = kind or "overdue"
        numbers.add(number)
        amounts.add(amount)
    return found


def _line_fault(
    invoice: BusinessRecord,
    lines: list[BusinessRecord],
    ordered: dict[tuple[str, int], BusinessRecord],
    arrived: Counter[tuple[str, int]],
) -> str | None:
    pairs = [(line, ordered[invoice["po_id"], line["line_no"]]) for line in lines]
    taxes = [Fraction(line["net_minor"] * line["vat_percent"], 100) for line in lines]
    if any(line["vat_percent"] != order["vat_percent"] for line, order in pairs) or any(
        abs(line["vat_minor"] - tax) > Fraction(1, 2) for line, tax in zip(lines, taxes, strict=True)
    ):
        return "wrong_vat"
    for line, order in pairs:
        agreed = order["unit_minor"] * line["quantity"]
        if abs(line["net_minor"] - agreed) > min(Fraction(agreed * 2, 100), 5000):
            return "price"
    if any(line["quantity"] > arrived[invoice["po_id"], line["line_no"]] for line in lines):
        return "quantity"
    return None


@pytest.fixture(scope="module")
def records() -> Iterator[SqlRecords]:
    opened = open_company("sqlite://", seed=7, today=TODAY)
    yield opened
    opened.close()


@pytest.mark.parametrize("seed", [7, 1, 99])
def test_a_plain_reader_of_the_handbook_finds_exactly_the_planted_ones(seed: int) -> None:
    """If a clean invoice broke a rule, or a planted fault stayed inside the tolerance, evaluation would lie."""
    with closing(open_company("sqlite://", seed=seed, today=TODAY)) as records:
        assert three_way_match(records) == billing.plant_exceptions(seed)


def test_exactly_fifteen_per_cent_of_all_kinds() -> None:
    """The share and the even spread are promised in the documents."""
    truth = billing.plant_exceptions(7)
    assert len(truth) == 90
    assert Counter(truth.values()) == dict.fromkeys(billing.EXCEPTION_KINDS, 15)


def test_amounts_add_up(records: SqlRecords) -> None:
    """Header and lines that disagree would be a seventh, unplanted kind of fault."""
    sums: Counter[tuple[str, str]] = Counter()
    for line in records.find("invoice_line", limit=10_000):
        assert line["net_minor"] == line["unit_minor"] * line["quantity"]
        sums[line["invoice_id"], "net"] += line["net_minor"]
        sums[line["invoice_id"], "vat"] += line["vat_minor"]
    for row in records.find("invoice", limit=10_000):
        assert (row["net_minor"], row["vat_minor"]) == (sums[row["id"], "net"], sums[row["id"], "vat"])
        assert row["total_minor"] == row["net_minor"] + row["vat_minor"]


def test_every_amount_band_has_clean_open_invoices(records: SqlRecords) -> None:
    """The demo posts one straight through, one with a controller, one with controller and cfo."""
    truth = billing.plant_exceptions(7)
    clean = [
        row["total_minor"]
        for row in records.find("invoice", where={"status": "received", "currency": "EUR"}, limit=1000)
        if row["id"] not in truth
    ]
    bands = Counter("small" if t <= 500_000 else "middle" if t <= 5_000_000 else "large" for t in clean)
    assert set(bands) == {"small", "middle", "large"}


def test_the_shown_invoice_is_stuck_on_its_price(records: SqlRecords) -> None:
    """`INV-1042` is the invoice of the demo."""
    assert billing.plant_exceptions(7)["INV-1042"] == "price"
    invoice = records.get("invoice", "1042")
    assert invoice is not None
    assert (invoice["status"], invoice["currency"]) == ("stuck", "EUR")
    assert records.find("message", where={"about_id": "INV-1042", "direction": "in"})


def test_no_table_holds_the_truth(records: SqlRecords) -> None:
    """A column that names the exception would turn the three-way match into a look-up."""
    names = {column.name for table in metadata.tables.values() for column in table.columns}
    assert not names & {"exception", "exception_kind", "planted", "kind_of_exception", "injected", "mood"}
    words = {row["detail"] for row in records.find("invoice_event", limit=10_000)}
    assert len(words) <= 3
