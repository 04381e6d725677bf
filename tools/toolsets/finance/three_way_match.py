"""The three-way match holds an invoice against order and goods received (finance-handbook#3.1). Pure.

| kind | what is wrong |
|---|---|
| ``duplicate`` | an earlier invoice of the same supplier has the same number, or the same total and date |
| ``missing_po`` | no purchase order, one that does not exist, or one of another supplier |
| ``price`` | a line differs from the order by more than 2 % or 50.00, the smaller; or it is multiplied wrongly |
| ``quantity`` | more was billed than goods were received |
| ``wrong_vat`` | another rate than the order's or the product's, or the tax is not what the rate gives |
| ``overdue`` | not paid, and the due date has passed |
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from ...summary import format_minor_units

Row = Mapping[str, Any]
MismatchKind = Literal["duplicate", "missing_po", "price", "quantity", "wrong_vat", "overdue"]
MismatchUnit = Literal["minor", "pieces", "percent", "days", ""]

TOLERANCE_PERCENT = 2
TOLERANCE_MINOR = 50_00
ROUNDING_MINOR = 1
"""How far the tax of one line may be off, because suppliers round up or down."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One thing that is wrong with an invoice.

    Attributes:
        kind: see the module.
        words: what is wrong, in figures. It may be told to the supplier: it holds nothing that the supplier wrote, and
            not how much we tolerate.
        line: number of the invoice line, or ``None`` when it is about the whole.
        expected: what it should be, in ``unit``.
        found: what it is, in ``unit``.
    """

    kind: MismatchKind
    words: str
    line: int | None = None
    expected: int | None = None
    found: int | None = None
    unit: MismatchUnit = ""


@dataclass(frozen=True, slots=True)
class Paperwork:
    """Everything that an invoice is matched against.

    Attributes:
        invoice: its row. lines: its lines.
        order: the purchase order it names, or ``None``.
        order_lines: what was ordered. receipts: what came in.
        earlier: invoices of the same supplier that came before, oldest first.
        billed_before: lines of those earlier invoices that name the same order and are no duplicates themselves.
        rates: VAT per cent by product, for lines that are not on the order.
    """

    invoice: Row
    lines: Sequence[Row]
    order: Row | None = None
    order_lines: Sequence[Row] = ()
    receipts: Sequence[Row] = ()
    earlier: Sequence[Row] = ()
    billed_before: Sequence[Row] = ()
    rates: Mapping[str, int] = field(default_factory=dict)


def compare_paperwork(papers: Paperwork, today: date) -> tuple[Mismatch, ...]:
    """Everything that is wrong with an invoice, the gravest kind first."""
    found = [*_find_duplicate(papers), *_find_missing_order(papers)]
    found += [*_prices(papers), *_quantities(papers)]
    found += [*_taxes(papers), *_find_overdue(papers.invoice, today)]
    return tuple(found)


def is_same_bill(one: Row, other: Row) -> bool:
    """Whether two invoices of one supplier are the same bill: number, or total and date."""
    if _number(one) == _number(other):
        return True
    return all(one[name] == other[name] for name in ("total_minor", "currency", "invoice_date"))


def drop_repeated_bills(invoices: Sequence[Row]) -> list[Row]:
    """The invoices of one supplier, oldest first, without those that repeat an earlier one."""
    kept: list[Row] = []
    for row in invoices:
        if not any(is_same_bill(row, first) for first in kept):
            kept.append(row)
    return kept


def _number(row: Row) -> str:
    return "".join(str(row["number"]).split()).casefold()


def _find_own_order(papers: Paperwork) -> Row | None:
    """The order, when it really is an order to this supplier."""
    order = papers.order
    return order if order is not None and order["supplier_id"] == papers.invoice["supplier_id"] else None


def _find_duplicate(papers: Paperwork) -> list[Mismatch]:
    invoice = papers.invoice
    for first in papers.earlier:
        if is_same_bill(invoice, first):
            same = "number" if _number(invoice) == _number(first) else "total and date"
            words = f"It repeats {first['id']} of the same supplier: the same {same}."
            return [Mismatch("duplicate", words)]
    return []


def _find_missing_order(papers: Paperwork) -> list[Mismatch]:
    invoice = papers.invoice
    if not invoice["po_id"]:
        return [Mismatch("missing_po", "It names no purchase order.")]
    if papers.order is None:
        return [Mismatch("missing_po", "The purchase order it names does not exist.")]
    if _find_own_order(papers) is None:
        return [Mismatch("missing_po", f"The purchase order {papers.order['id']} is with another supplier.")]
    return []


def _prices(papers: Paperwork) -> list[Mismatch]:
    order, found = _find_own_order(papers), []
    currency = papers.invoice["currency"]
    if order is not None and order["currency"] != currency:
        found.append(Mismatch("price", f"It bills in {currency}; {order['id']} was ordered in {order['currency']}."))
    agreed = {row["product_id"]: row["unit_minor"] for row in papers.order_lines} if order else {}
    for line in papers.lines:
        number, net = line["line_no"], line["quantity"] * line["unit_minor"]
        if net != line["net_minor"]:
            words = (
                f"Line {number}: {line['quantity']} at {format_minor_units(line['unit_minor'])} is "
                f"{format_minor_units(net)}, "
                f"but {format_minor_units(line['net_minor'])} {currency} is billed."
            )
            found.append(Mismatch("price", words, number, net, line["net_minor"], "minor"))
        unit = agreed.get(line["product_id"])
        if unit is None:
            continue
        ordered = unit * line["quantity"]
        # In hundredths of a minor unit, so that 2 % is exact.
        allowed = min(TOLERANCE_PERCENT * ordered, TOLERANCE_MINOR * 100)
        if abs(net - ordered) * 100 > allowed:
            words = (
                f"Line {number}: {format_minor_units(line['unit_minor'])} {currency} each where "
                f"{format_minor_units(unit)} was ordered; "
                f"{format_minor_units(abs(net - ordered))} {currency} {'more' if net > ordered else 'less'} for "
                f"{line['quantity']} pieces."
            )
            found.append(Mismatch("price", words, number, unit, line["unit_minor"], "minor"))
    return found + _totals(papers)


def _totals(papers: Paperwork) -> list[Mismatch]:
    invoice = papers.invoice
    net, total = sum(line["net_minor"] for line in papers.lines), invoice["net_minor"] + invoice["vat_minor"]
    wrong = []
    if net != invoice["net_minor"]:
        words = (
            f"The lines add up to {format_minor_units(net)} net, and {format_minor_units(invoice['net_minor'])} "
            f"is billed."
        )
        wrong.append(Mismatch("price", words, None, net, invoice["net_minor"], "minor"))
    if total != invoice["total_minor"]:
        words = (
            f"Net and tax add up to {format_minor_units(total)}, and "
            f"{format_minor_units(invoice['total_minor'])} is billed."
        )
        wrong.append(Mismatch("price", words, None, total, invoice["total_minor"], "minor"))
    return wrong


def _quantities(papers: Paperwork) -> list[Mismatch]:
    if _find_own_order(papers) is None or _find_duplicate(papers):
        return []
    received: Counter[str] = Counter()
    for row in papers.receipts:
        received[row["product_id"]] += row["quantity"]
    billed: Counter[str] = Counter()
    for row in papers.billed_before:
        billed[row["product_id"]] += row["quantity"]
    found = []
    for line in papers.lines:
        product = line["product_id"]
        left = max(0, received[product] - billed[product])
        billed[product] += line["quantity"]
        if line["quantity"] > left:
            words = f"Line {line['line_no']}: {line['quantity']} pieces billed, and {left} received and not yet billed."
            found.append(Mismatch("quantity", words, line["line_no"], left, line["quantity"], "pieces"))
    return found


def _taxes(papers: Paperwork) -> list[Mismatch]:
    ordered = {row["product_id"]: row["vat_percent"] for row in papers.order_lines} if _find_own_order(papers) else {}
    found = []
    for line in papers.lines:
        number, percent, product = line["line_no"], line["vat_percent"], line["product_id"]
        rate = ordered.get(product, papers.rates.get(product, percent))
        tax = (line["net_minor"] * percent + 50) // 100
        if percent != rate:
            words = f"Line {number}: {percent} % VAT, and the rate for this product is {rate} %."
            found.append(Mismatch("wrong_vat", words, number, rate, percent, "percent"))
        elif abs(line["vat_minor"] - tax) > ROUNDING_MINOR:
            words = (
                f"Line {number}: {format_minor_units(line['vat_minor'])} VAT, and {percent} % of "
                f"{format_minor_units(line['net_minor'])} is {format_minor_units(tax)}."
            )
            found.append(Mismatch("wrong_vat", words, number, tax, line["vat_minor"], "minor"))
    billed, tax = papers.invoice["vat_minor"], sum(line["vat_minor"] for line in papers.lines)
    if billed != tax:
        words = f"The lines carry {format_minor_units(tax)} VAT, and {format_minor_units(billed)} is billed."
        found.append(Mismatch("wrong_vat", words, None, tax, billed, "minor"))
    return found


def _find_overdue(invoice: Row, today: date) -> list[Mismatch]:
    days = compute_days_overdue(invoice, today)
    if not days:
        return []
    words = f"It was due on {invoice['due_on']:%d %B %Y}, {days} {'day' if days == 1 else 'days'} ago, and is not paid."
    return [Mismatch("overdue", words, None, 0, days, "days")]


def compute_days_overdue(invoice: Row, today: date) -> int:
    """Whole days since the due date of an invoice that is not paid; 0 when it is paid or not due yet."""
    if invoice["status"] == "paid" or invoice["paid_on"] is not None:
        return 0
    days: int = (today - invoice["due_on"]).days
    return max(0, days)
