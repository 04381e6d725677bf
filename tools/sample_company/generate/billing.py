"""This module makes suppliers' invoices: numbers, amounts, due dates, where each stands, and what was paid.

Some carry a planted exception. Which ones is for evaluation only: no table holds it, and no tool reads it.
"""

from datetime import date, timedelta
from random import Random
from typing import Any

from ..schema.record_kinds import RECORD_KINDS

INVOICES, FIRST_INVOICE = 600, 461
EXCEPTION_KINDS = ("price", "quantity", "duplicate", "missing_po", "wrong_vat", "overdue")
SHOWN_INVOICE = "INV-1042"  # the stuck invoice that documents and demos speak of: always a price exception
_PER_KIND = 15


def plant_exceptions(seed: int) -> dict[str, str]:
    """The truth about the exceptions: invoice id to its one primary kind, for exactly 15 % of the invoices."""
    rng = Random(f"{seed}:exceptions")
    shown = int(SHOWN_INVOICE.removeprefix("INV-")) - FIRST_INVOICE
    # Overdue ones are old enough for every payment term; duplicates have enough history to copy from.
    overdue = rng.sample(range(270, 480), _PER_KIND)
    others = rng.sample(sorted(set(range(200, INVOICES)) - set(overdue) - {shown}), 5 * _PER_KIND - 1)
    kinds = ["price"] * (_PER_KIND - 1)
    kinds += [kind for kind in EXCEPTION_KINDS[1:5] for _ in range(_PER_KIND)]
    rng.shuffle(kinds)
    truth = dict.fromkeys(overdue, "overdue") | dict(zip(others, kinds, strict=True)) | {shown: "price"}
    return {RECORD_KINDS["invoice"].id(FIRST_INVOICE + step): truth[step] for step in sorted(truth)}


Row = dict[str, Any]


def reprice_line(item: Row, unit_minor: int) -> None:
    """Sets the unit price of a line, and what follows from it and the quantity."""
    item["unit_minor"] = unit_minor
    item["net_minor"] = unit_minor * item["quantity"]


class InvoiceBook:
    """Collects invoices in the order of their arrival."""

    def __init__(self, rng: Random, today: date) -> None:
        self._rng, self._today = rng, today
        self._numbers: dict[str, int] = {}
        self._seen: set[tuple[str, int, date]] = set()
        self.invoices: list[Row] = []
        self.lines: dict[str, list[Row]] = {}
        self.payments: list[Row] = []

    def number(self, supplier_id: str) -> str:
        """The next invoice number of this supplier."""
        known = self._numbers.get(supplier_id, self._rng.randrange(100, 4000))
        self._numbers[supplier_id] = known + self._rng.randrange(1, 40)
        return f"RE-{supplier_id[-3:]}-{self._numbers[supplier_id]:05d}"

    def free_day(self, supplier_id: str, billed: list[Row], dated: date) -> date:
        """The day, or the nearest before it, on which no invoice of the supplier has the same total.

        Two alike by chance would be a duplicate that nobody planted.
        """
        total = sum(item["net_minor"] + item["vat_minor"] for item in billed)
        while (supplier_id, total, dated) in self._seen:
            dated -= timedelta(days=1)
        return dated

    def file(self, head: Row, kind: str | None, terms_days: int, billed: list[Row]) -> None:
        """Adds one invoice.

        Args:
            head: id, supplier, number, order, dates and currency.
            kind: its planted exception, or ``None``.
            terms_days: days from the invoice date until it is due.
            billed: its lines, tax included.
        """
        due = head["invoice_date"] + timedelta(days=terms_days)
        net, vat = sum(b["net_minor"] for b in billed), sum(b["vat_minor"] for b in billed)
        amounts = {"due_on": due, "net_minor": net, "vat_minor": vat, "total_minor": net + vat}
        row = head | amounts | self._state(head["id"], kind, head["received_on"], due)
        self.invoices.append(row)
        self._seen.add((row["supplier_id"], row["total_minor"], row["invoice_date"]))
        own = {"invoice_id": row["id"]}
        self.lines[row["id"]] = [b | own | {"id": f"{row['id']}/{b['line_no']}"} for b in billed]
        if row["paid_on"]:
            self._pay(row)

    def _state(self, invoice_id: str, kind: str | None, received: date, due: date) -> Row:
        rng, today = self._rng, self._today
        state: Row = {"status": "received", "posted_on": None, "posted_by": None, "paid_on": None}
        if kind == "overdue":
            posted = rng.random() < 0.5
        elif kind is not None:
            stuck = invoice_id == SHOWN_INVOICE or rng.random() < 0.7
            return state | {"status": "stuck" if stuck else "received"}
        else:
            posted = due < today or rng.random() < 0.5
        if posted:
            day = min(received + timedelta(days=rng.randrange(1, 6)), today)
            state |= {"status": "posted", "posted_on": day, "posted_by": "lena.brandt"}
        if kind is None and (due < today or (posted and rng.random() < 0.3)):
            last = min(due, today) - timedelta(days=rng.randrange(0, 3))
            state |= {"status": "paid", "paid_on": min(max(state["posted_on"], last), today)}
        return state

    def _pay(self, invoice: Row) -> None:
        self.payments.append(
            {
                "direction": "out",
                "order_id": None,
                "invoice_id": invoice["id"],
                "amount_minor": invoice["total_minor"],
                "currency": invoice["currency"],
                "method": "transfer",
                "status": "released",
                "paid_on": invoice["paid_on"],
                "created_by": "karl.weiss",
            }
        )
