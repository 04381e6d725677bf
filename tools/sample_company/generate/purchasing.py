"""This module makes what is bought: suppliers, and per invoice the order, the receipts and the invoice itself.

Purchase prices are whole quarters of a euro and quantities multiples of four, so that every net line amount is in
whole euros and every tax amount in whole cents: how a reader rounds cannot make or hide an exception.
"""

from datetime import date, timedelta
from random import Random
from typing import Any

from ..schema.record_kinds import RECORD_KINDS
from ..texts.lexicon import invent_address, invent_firm, invent_phone, make_mail_domain
from .billing import FIRST_INVOICE, INVOICES, SHOWN_INVOICE, InvoiceBook, plant_exceptions, reprice_line

Row = dict[str, Any]
Tables = dict[str, list[Row]]

SUPPLIERS = 60
_SPAN_DAYS = 360
_OPEN_ORDERS = 40
_ABROAD = {55: ("GB", "GBP"), 56: ("GB", "GBP"), 57: ("US", "USD"), 58: ("US", "USD"), 59: ("CH", "CHF")}


def generate_suppliers(rng: Random) -> list[Row]:
    """Suppliers with well-formed, fictional bank and tax numbers; the last few are abroad."""
    rows: list[Row] = []
    names: set[str] = set()
    while len(rows) < SUPPLIERS:
        name = f"{invent_firm(rng)}".replace("e.K.", "GmbH")
        if name in names:
            continue
        names.add(name)
        country, currency = _ABROAD.get(len(rows), ("DE", "EUR"))
        rows.append(
            {
                "id": RECORD_KINDS["supplier"].id(len(rows) + 1),
                "name": name,
                "email": f"billing@{make_mail_domain(name)}",
                "phone": invent_phone(rng),
                "address": invent_address(rng),
                "country": country,
                "currency": currency,
                "vat_id": f"{country}{rng.randrange(10**8, 10**9)}",
                "iban": _iban(country, f"{rng.randrange(10**17, 10**18)}"),
                "bic": f"HBFX{country}{rng.choice('ABCDEFGH')}{rng.randrange(2, 10)}",
                "terms_days": rng.choice((14, 21, 30, 30, 45)),
                "status": "active",
            }
        )
    return rows


def _iban(country: str, account: str) -> str:
    """Check digits after ISO 13616: the rearranged number is 1 modulo 97."""
    digits = "".join(str(int(c, 36)) for c in f"{account}{country}00")
    return f"{country}{98 - int(digits) % 97:02d}{account}"


def generate_purchases(rng: Random, seed: int, today: date, sellers: list[Row], goods: list[Row]) -> Tables:
    """Purchase orders, receipts, invoices and outgoing payments, oldest first, with the planted exceptions."""
    return _PurchaseGenerator(rng, today, sellers, goods, plant_exceptions(seed)).fill()


class _PurchaseGenerator:
    def __init__(self, rng: Random, today: date, sellers: list[Row], goods: list[Row], truth: dict[str, str]) -> None:
        self.rng, self.today, self.goods, self.truth = rng, today, goods, truth
        self.home = [row for row in sellers if row["currency"] == "EUR"]
        self.abroad = [row for row in sellers if row["currency"] != "EUR"]
        self.book = InvoiceBook(rng, today)
        self.copied: set[str] = set()
        self.out: Tables = {name: [] for name in ("purchase_order", "purchase_order_line", "goods_receipt")}

    def fill(self) -> Tables:
        for step in range(INVOICES):
            invoice_id = RECORD_KINDS["invoice"].id(FIRST_INVOICE + step)
            kind = self.truth.get(invoice_id)
            received = self.today - timedelta(days=1 + (INVOICES - 1 - step) * _SPAN_DAYS // INVOICES)
            if kind == "duplicate":
                self._copy(invoice_id, received)
            else:
                self._bill(invoice_id, kind, received)
        for _ in range(_OPEN_ORDERS):
            ordered = self.today - timedelta(days=self.rng.randrange(1, 30))
            self._order(self.rng.choice(self.home), self._basket(False), ordered, "open")
        lines = [line for lines in self.book.lines.values() for line in lines]
        return self.out | {"invoice": self.book.invoices, "invoice_line": lines, "payment": self.book.payments}

    def _basket(self, shown: bool) -> list[Row]:
        rng = self.rng
        if shown:
            picked = [self.goods[0] | {}, next(g for g in self.goods if g["name"] == "Torque wrench Plus")]
            return [self._item(1, picked[1], 40), self._item(2, picked[0], 4)]
        picked = rng.sample(self.goods, rng.choice((1, 1, 2, 2, 3)))
        items = []
        for number, product in enumerate(picked, start=1):
            price = product["cost_minor"]
            most = 40 if price < 5_000 else 8 if price < 100_000 else 5
            items.append(self._item(number, product, 4 * rng.randrange(1, most)))
        return items

    def _item(self, number: int, product: Row, quantity: int) -> Row:
        return {
            "line_no": number,
            "product_id": product["id"],
            "description": product["name"],
            "quantity": quantity,
            "unit_minor": product["cost_minor"],
            "net_minor": product["cost_minor"] * quantity,
            "vat_percent": product["vat_percent"],
        }

    def _order(self, seller: Row, items: list[Row], ordered: date, status: str) -> str:
        po_id = RECORD_KINDS["purchase_order"].id(2001 + len(self.out["purchase_order"]))
        if seller["currency"] != "EUR":
            items[:] = [item | {"vat_percent": 0} for item in items]
        self.out["purchase_order"].append(
            {
                "id": po_id,
                "supplier_id": seller["id"],
                "status": status,
                "ordered_on": ordered,
                "ordered_by": "karl.weiss",
                "net_minor": sum(item["net_minor"] for item in items),
                "currency": seller["currency"],
            }
        )
        self.out["purchase_order_line"] += [
            item | {"id": f"{po_id}/{item['line_no']}", "po_id": po_id} for item in items
        ]
        return po_id

    def _receive(self, po_id: str, item: Row, quantity: int, last: date) -> None:
        parts = [quantity]
        if quantity >= 8 and self.rng.random() < 0.3:
            parts = [4, quantity - 4]
        for back, part in zip((len(parts) + 1, 1), parts, strict=False):
            self.out["goods_receipt"].append(
                {
                    "id": RECORD_KINDS["goods_receipt"].id(len(self.out["goods_receipt"]) + 1),
                    "po_id": po_id,
                    "line_no": item["line_no"],
                    "product_id": item["product_id"],
                    "quantity": part,
                    "received_on": last - timedelta(days=back),
                    "received_by": "warehouse",
                }
            )

    def _bill(self, invoice_id: str, kind: str | None, received: date) -> None:
        rng = self.rng
        abroad = kind is None and rng.random() < 0.03
        seller = rng.choice(self.abroad if abroad else self.home)
        dated = received - timedelta(days=rng.randrange(0, 4))
        ordered = self._basket(invoice_id == SHOWN_INVOICE)
        po_id: str | None = None
        if kind == "missing_po":
            po_id = None if rng.random() < 0.5 else RECORD_KINDS["purchase_order"].id(rng.randrange(9000, 9900))
        else:
            po_id = self._order(seller, ordered, dated - timedelta(days=rng.randrange(15, 40)), "received")
        billed = [dict(item) for item in ordered]
        if kind is None and not abroad:
            self._small_change(billed)
        if kind == "price":
            largest = max(billed, key=lambda item: item["net_minor"])
            rise = largest["unit_minor"] * rng.randrange(12, 26) // 100
            reprice_line(largest, largest["unit_minor"] + max(50, rise // 25 * 25))
        if po_id is not None and kind != "missing_po":
            self._deliver(po_id, kind, ordered, billed, dated)
        if kind == "wrong_vat" and rng.random() < 0.6:
            for item in billed:
                item["vat_percent"] = {19: 7, 7: 19}[item["vat_percent"]]
        for item in billed:
            item["vat_minor"] = item["net_minor"] * item["vat_percent"] // 100
        if kind == "wrong_vat" and all(
            item["vat_percent"] == o["vat_percent"] for item, o in zip(billed, ordered, strict=True)
        ):
            largest = max(billed, key=lambda item: item["net_minor"])
            largest["vat_minor"] += largest["net_minor"] * 3 // 100
        head = {
            "id": invoice_id,
            "supplier_id": seller["id"],
            "number": self.book.number(seller["id"]),
            "po_id": po_id,
            "invoice_date": self.book.free_day(seller["id"], billed, dated),
            "received_on": received,
            "currency": seller["currency"],
        }
        self.book.file(head, kind, seller["terms_days"], billed)

    def _small_change(self, billed: list[Row]) -> None:
        """A rounding difference well inside the tolerance, however the tolerance is read."""
        item = self.rng.choice(billed)
        if self.rng.random() < 0.25 and item["unit_minor"] >= 2_500 and item["quantity"] <= 40:
            reprice_line(item, item["unit_minor"] + 25)

    def _deliver(self, po_id: str, kind: str | None, ordered: list[Row], billed: list[Row], dated: date) -> None:
        short = max(billed, key=lambda item: item["net_minor"]) if kind == "quantity" else None
        for order, bill in zip(ordered, billed, strict=True):
            arrived = order["quantity"]
            if bill is short:
                if arrived >= 8 and self.rng.random() < 0.6:
                    arrived -= 4 * self.rng.randrange(1, arrived // 4)
                else:
                    bill["quantity"] += 4 * self.rng.randrange(1, 4)
                    reprice_line(bill, bill["unit_minor"])
            elif kind is None and arrived >= 12 and self.rng.random() < 0.1:
                arrived -= 4  # a short delivery, billed as delivered
                bill["quantity"] = arrived
                reprice_line(bill, bill["unit_minor"])
            self._receive(po_id, order, arrived, dated)

    def _copy(self, invoice_id: str, received: date) -> None:
        """The same bill a second time: under its number, or under another with the same amount and date."""
        rng = self.rng
        first = rng.choice(
            [
                row
                for row in self.book.invoices[-80:-4]
                if row["id"] not in self.truth
                and row["currency"] == "EUR"
                and row["id"] not in self.copied
                and row["received_on"] < received - timedelta(days=1)
            ]
        )
        self.copied.add(first["id"])
        billed = [
            {k: v for k, v in line.items() if k not in ("id", "invoice_id")} for line in self.book.lines[first["id"]]
        ]
        seller = next(row for row in self.home if row["id"] == first["supplier_id"])
        names = ("supplier_id", "number", "po_id", "invoice_date", "currency")
        head = {name: first[name] for name in names} | {"id": invoice_id, "received_on": received}
        way = rng.randrange(3)
        if way == 1:
            head["number"] = self.book.number(seller["id"])
        elif way == 2:
            head["invoice_date"] = received - timedelta(days=1)
        self.book.file(head, "duplicate", seller["terms_days"], billed)
