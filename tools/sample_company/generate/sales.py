"""This module makes what is sold: customers, products, orders, shipments, payments, refunds and vouchers."""

from datetime import date, timedelta
from random import Random
from typing import Any

from ..schema.record_kinds import RECORD_KINDS
from ..texts.lexicon import (
    invent_address,
    invent_firm,
    invent_person,
    invent_phone,
    invent_similar_name,
    list_goods,
    list_words,
    make_mail_domain,
)

Row = dict[str, Any]
Tables = dict[str, list[Row]]

CUSTOMERS, STAFF_CUSTOMERS, ORDERS, FIRST_ORDER = 308, 12, 3000, 6001
SHOWN_ORDER = "ORD-8841"  # the order that documents and demos speak of
_SPAN_DAYS = 420
_TIERS = ("bronze", "bronze", "silver", "silver", "gold", "platinum")
_SEGMENTS = ("craft", "industry", "education", "retail", "public")
_REASONS = ("damaged on arrival", "wrong item", "returned unused", "missing parts", "late delivery")


def generate_customers(rng: Random, today: date, staff: list[Row]) -> list[Row]:
    """Business customers with unique names, some nearly alike, and a few employees who buy for themselves."""
    managers = [row["user_id"] for row in staff if "account_manager" in row["roles"]]
    names: list[str] = []
    while len(names) < CUSTOMERS:
        name = (
            invent_similar_name(rng.choice(names[:40]), rng)
            if len(names) > 40 and rng.random() < 0.1
            else invent_firm(rng)
        )
        if name not in names:
            names.append(name)
    rows = []
    buyers = [row for row in staff if row["user_id"] in ("mara.voss", "lena.brandt", "noah.lind")]
    buyers += [row for row in staff if row["teams"] == ["warehouse"]][: STAFF_CUSTOMERS - len(buyers)]
    for number, name in enumerate([*names, *(row["name"] for row in buyers)], start=1):
        own = buyers[number - CUSTOMERS - 1] if number > CUSTOMERS else None
        first, last = invent_person(rng)
        rows.append(
            {
                "id": RECORD_KINDS["customer"].id(number),
                "name": name,
                "contact": name if own else f"{first} {last}",
                "email": own["email"] if own else f"{first}.{last}@{make_mail_domain(name)}".lower(),
                "phone": invent_phone(rng),
                "address": invent_address(rng),
                "country": "DE",
                "tier": "staff" if own else rng.choice(_TIERS),
                "segment": "staff" if own else rng.choice(_SEGMENTS),
                "account_manager": rng.choice(managers),
                "employee_id": own["user_id"] if own else None,
                "csat": rng.randrange(38, 100),
                "usage": rng.randrange(0, 101),
                "since": today - timedelta(days=rng.randrange(430, 3000)),
            }
        )
    return rows


def generate_products(rng: Random) -> list[Row]:
    """Every good in every grade; prices are whole quarters of a euro."""
    rows: list[Row] = []
    for category, prices in list_goods().items():
        for name, price in prices.items():
            for step, grade in enumerate(list_words("grades")):
                sold = (price * (100 + 18 * step) // 100) // 100 * 100
                rows.append(
                    {
                        "id": RECORD_KINDS["product"].id(len(rows) + 1),
                        "name": f"{name} {grade}",
                        "category": category,
                        "price_minor": sold,
                        "cost_minor": sold * 6 // 10 // 25 * 25,
                        "currency": "EUR",
                        "vat_percent": 7 if category == "manuals" else 19,
                        "stock": rng.randrange(0, 400),
                    }
                )
    return rows


def generate_sales(rng: Random, today: date, buyers: list[Row], goods: list[Row]) -> Tables:
    """Orders, oldest first, and all that follows from each."""
    out: Tables = {name: [] for name in ("order", "order_line", "shipment", "payment", "refund", "voucher")}
    firms = [row for row in buyers if row["employee_id"] is None]
    shown = rng.choice(firms)
    for step in range(ORDERS):
        order_id = RECORD_KINDS["order"].id(FIRST_ORDER + step)
        is_shown = order_id == SHOWN_ORDER
        ordered = today - timedelta(days=1 + (ORDERS - 1 - step) * _SPAN_DAYS // ORDERS)
        buyer = shown if is_shown else rng.choice(buyers if rng.random() < 0.5 else firms)
        lines = _lines(rng, order_id, goods, is_shown)
        order = {
            "id": order_id,
            "customer_id": buyer["id"],
            "placed_by": buyer["employee_id"],
            "ordered_on": ordered,
            "total_minor": sum(line["amount_minor"] for line in lines),
            "currency": "EUR" if is_shown or rng.random() < 0.97 else rng.choice(("USD", "GBP", "CHF")),
        }
        order |= _progress(rng, today, ordered, is_shown)
        out["order"].append(order)
        out["order_line"] += lines
        _ship(rng, out, order)
        _pay(rng, out, order)
    _give_back(rng, today, out, shown["id"])
    return out


def _lines(rng: Random, order_id: str, goods: list[Row], is_shown: bool) -> list[Row]:
    if is_shown:
        picked = [(next(row for row in goods if 20_000 < row["price_minor"] < 45_000), 1)]
    else:
        picked = [(row, rng.choice((1, 1, 1, 2, 4))) for row in rng.sample(goods, rng.choice((1, 1, 2, 2, 3)))]
        if rng.random() < 0.25:  # small orders, so that every refund limit has orders on both sides
            picked = [(rng.choice([row for row in goods if row["price_minor"] < 7_000]), 1)]
    return [
        {
            "id": f"{order_id}/{number}",
            "order_id": order_id,
            "line_no": number,
            "product_id": product["id"],
            "description": product["name"],
            "quantity": quantity,
            "unit_minor": product["price_minor"],
            "amount_minor": product["price_minor"] * quantity,
        }
        for number, (product, quantity) in enumerate(picked, start=1)
    ]


def _progress(rng: Random, today: date, ordered: date, is_shown: bool) -> Row:
    arrival = ordered + timedelta(days=rng.randrange(2, 9))
    luck = rng.random()
    if is_shown:
        return {"status": "delivered", "delivered_on": ordered + timedelta(days=4)}
    if luck < 0.03:
        return {"status": "cancelled", "delivered_on": None}
    if luck < 0.06 and (today - ordered).days > 14:
        return {"status": "lost", "delivered_on": None}
    if arrival <= today:
        return {"status": "delivered", "delivered_on": arrival}
    return {"status": "shipped" if (today - ordered).days > 1 else "placed", "delivered_on": None}


def _ship(rng: Random, out: Tables, order: Row) -> None:
    if order["status"] in ("placed", "cancelled"):
        return
    number = len(out["shipment"]) + 1
    out["shipment"].append(
        {
            "id": RECORD_KINDS["shipment"].id(number),
            "order_id": order["id"],
            "carrier": rng.choice(("Postwagen", "Nordkurier", "Spedition Thal")),
            "tracking": f"HB{rng.randrange(10**9, 10**10)}",
            "status": {"delivered": "delivered", "lost": "lost"}.get(order["status"], "in transit"),
            "shipped_on": order["ordered_on"] + timedelta(days=1),
            "delivered_on": order["delivered_on"],
        }
    )


def _pay(rng: Random, out: Tables, order: Row) -> None:
    if order["status"] == "cancelled":
        return
    total, parts = order["total_minor"], [order["total_minor"]]
    if order["id"] != SHOWN_ORDER and total > 50_000 and rng.random() < 0.1:
        parts = [total * 3 // 10, total - total * 3 // 10]  # a deposit, then the rest
        if rng.random() < 0.3:
            parts.pop()
    for part in parts:
        out["payment"].append(
            {
                "id": RECORD_KINDS["payment"].id(len(out["payment"]) + 1),
                "direction": "in",
                "order_id": order["id"],
                "invoice_id": None,
                "amount_minor": part,
                "currency": order["currency"],
                "method": rng.choice(("card", "transfer", "direct debit")),
                "status": "captured",
                "paid_on": order["ordered_on"],
                "created_by": None,
            }
        )


def _give_back(rng: Random, today: date, out: Tables, shown_customer: str) -> None:
    """Past refunds (some customers already have two within 90 days) and goodwill vouchers."""
    by_customer: dict[str, list[Row]] = {}
    for order in out["order"]:
        if order["status"] == "delivered" and order["currency"] == "EUR" and not order["placed_by"]:
            by_customer.setdefault(order["customer_id"], []).append(order)
    by_customer.pop(shown_customer, None)
    recent = today - timedelta(days=60)
    often = [c for c, rows in by_customer.items() if sum(r["delivered_on"] > recent for r in rows) >= 3]
    picked = [
        order
        for customer in rng.sample(often, min(6, len(often)))
        for order in [r for r in by_customer.pop(customer) if r["delivered_on"] > recent][:2]
    ]
    picked += [rng.choice(by_customer[customer]) for customer in rng.sample(sorted(by_customer), 110)]
    paid: dict[str, int] = {}
    for payment in out["payment"]:
        paid[payment["order_id"]] = paid.get(payment["order_id"], 0) + payment["amount_minor"]
    for number, order in enumerate(sorted(picked, key=lambda r: (r["delivered_on"], r["id"])), start=1):
        share = rng.choice((100, 100, 50, 25))
        days = min(rng.randrange(1, 28), (today - order["delivered_on"]).days)
        out["refund"].append(
            {
                "id": RECORD_KINDS["refund"].id(number),
                "order_id": order["id"],
                "customer_id": order["customer_id"],
                "amount_minor": paid[order["id"]] * share // 100,
                "currency": order["currency"],
                "reason": rng.choice(_REASONS),
                "status": "paid",
                "created_on": order["delivered_on"] + timedelta(days=days),
                "created_by": "tom.adler",
            }
        )
    for number, customer in enumerate(rng.sample(sorted(by_customer), 60), start=1):
        created = today - timedelta(days=rng.randrange(3, 300))
        out["voucher"].append(
            {
                "id": RECORD_KINDS["voucher"].id(number),
                "customer_id": customer,
                "ticket_id": None,
                "amount_minor": rng.choice((500, 1000, 1500, 2500)),
                "currency": "EUR",
                "reason": "goodwill after a late delivery",
                "status": "issued",
                "created_on": created,
                "expires_on": created + timedelta(days=365),
                "created_by": "tom.adler",
            }
        )
