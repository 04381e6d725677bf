"""The generator: the same seed and day give the same company, and it has what demos and packs count on."""

import hashlib
import json
import re
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from countersign.tools.sample_company.generate.company import generate_company
from countersign.tools.sample_company.generate.tickets import plant_tickets
from rapidfuzz import fuzz

TODAY = date(2026, 3, 16)
Tables = dict[str, list[dict[str, Any]]]


def digest(tables: Tables) -> str:
    return hashlib.sha256(json.dumps(tables, default=str, sort_keys=True).encode()).hexdigest()


@pytest.fixture(scope="module")
def tables() -> Tables:
    return generate_company(7, TODAY)


def test_same_seed_and_day_give_the_same_rows(tables: Tables) -> None:
    """A set's order or the clock leaking in would give every machine another company."""
    assert digest(generate_company(7, TODAY)) == digest(tables)
    assert digest(generate_company(8, TODAY)) != digest(tables)


def test_a_later_day_moves_the_dates_and_nothing_else(tables: Tables) -> None:
    """The story must stay valid on any day: amounts and states hang on distances, not on the calendar."""
    later = generate_company(7, TODAY + timedelta(days=100))
    for before, after in zip(tables["invoice"], later["invoice"], strict=True):
        assert (before["id"], before["total_minor"], before["status"]) == (
            after["id"],
            after["total_minor"],
            after["status"],
        )
        assert after["due_on"] - before["due_on"] == timedelta(days=100)


def test_the_promised_numbers(tables: Tables) -> None:
    """Documents and benchmarks state these counts."""
    counts = {name: len(rows) for name, rows in tables.items()}
    promised = {"employee": 80, "order": 3000, "invoice": 600, "ticket": 1000, "contract": 60, "supplier": 60}
    assert promised.items() <= counts.items()
    assert counts["customer"] >= 300
    assert min(counts.values()) > 0


def test_ids_are_unique_and_readable(tables: Tables) -> None:
    """A repeated id would break the look-up; a malformed one would not be recognised in a message."""
    for name, rows in tables.items():
        ids = [row.get("id", row.get("user_id")) for row in rows]
        assert len(set(ids)) == len(ids), name
    assert all(re.fullmatch(r"ORD-\d{4}", row["id"]) for row in tables["order"])
    assert {tables["order"][0]["id"], tables["order"][-1]["id"]} == {"ORD-6001", "ORD-9000"}


def test_well_known_people_have_their_roles(tables: Tables) -> None:
    """Packs, demos and reviews name these accounts."""
    staff = {row["user_id"]: row for row in tables["employee"]}
    expected = {
        "mara.voss": "support_agent",
        "tom.adler": "support_manager",
        "lena.brandt": "finance_clerk",
        "karl.weiss": "controller",
        "ines.roth": "cfo",
        "noah.lind": "paralegal",
        "eva.stern": "counsel",
        "ada.holm": "general_counsel",
        "finn.moor": "account_manager",
        "greta.falk": "sales_manager",
        "uwe.kern": "it_admin",
        "pia.lorenz": "policy_owner",
        "olga.reis": "auditor",
        "mara.voss.admin": "support_lead",
    }
    for user, role in expected.items():
        assert {"employee", role} <= set(staff[user]["roles"]), user
    assert staff["mara.voss.admin"]["person"] == staff["mara.voss"]["person"] == "mara.voss"
    assert staff["mara.voss"]["manager"] == "tom.adler"
    assert staff["lena.brandt"]["manager"] == "karl.weiss"
    assert all(row["manager"] in staff for row in staff.values() if row["manager"])
    every_role = {role for row in staff.values() for role in row["roles"]}
    assert {"support_lead", "sales_rep", "hr_partner", "finance_clerk"} <= every_role


@pytest.mark.parametrize("seed", [1, 7, 2024])
def test_the_shown_order_is_refundable_by_one_manager(seed: int) -> None:
    """`ORD-8841` is the order of the demo: if it slips out of its window, the story breaks."""
    tables = generate_company(seed, TODAY)
    order = next(row for row in tables["order"] if row["id"] == "ORD-8841")
    assert (order["status"], order["currency"], order["placed_by"]) == ("delivered", "EUR", None)
    assert 10_000 < order["total_minor"] <= 100_000
    assert timedelta(0) <= TODAY - order["delivered_on"] <= timedelta(days=30)
    paid = [row["amount_minor"] for row in tables["payment"] if row["order_id"] == "ORD-8841"]
    assert sum(paid) == order["total_minor"]
    assert not [row for row in tables["refund"] if row["customer_id"] == order["customer_id"]]


def test_nothing_lies_in_the_future(tables: Tables) -> None:
    """A delivery or refund after today would make every rule about days answer nonsense."""
    past = {
        "order": ("ordered_on", "delivered_on"),
        "refund": ("created_on",),
        "payment": ("paid_on",),
        "invoice": ("invoice_date", "received_on", "posted_on", "paid_on"),
        "goods_receipt": ("received_on",),
    }
    for kind, names in past.items():
        for row in tables[kind]:
            assert all(row[name] is None or row[name] <= TODAY for name in names), row


def test_refunds_never_exceed_what_was_paid(tables: Tables) -> None:
    """The past itself must keep support-handbook#3.3, or reports over it would show false alarms."""
    paid: Counter[str] = Counter()
    for row in tables["payment"]:
        if row["order_id"]:
            paid[row["order_id"]] += row["amount_minor"]
    given: Counter[str] = Counter()
    for row in tables["refund"]:
        assert row["amount_minor"] > 0
        given[row["order_id"]] += row["amount_minor"]
    assert all(given[order] <= paid[order] for order in given)


def test_customer_names_are_unique_and_some_nearly_alike(tables: Tables) -> None:
    """Fuzzy matching needs names that can be confused, and no two that are the same."""
    names = [row["name"] for row in tables["customer"]]
    assert len(set(names)) == len(names)
    close = sum(fuzz.ratio(a, b) >= 88 for i, a in enumerate(names) for b in names[:i])
    assert close >= 10


def test_some_tickets_give_orders_and_the_truth_says_which(tables: Tables) -> None:
    """Tests of the injection defences rely on this truth."""
    truth = plant_tickets(7)
    bodies = {row["id"]: row["body"] for row in tables["ticket"]}
    assert set(truth) == set(bodies)
    injected = [ticket for ticket, fact in truth.items() if fact.injected]
    assert len(injected) >= 20
    assert any("refund 9,999" in bodies[ticket] for ticket in injected)
    assert not any("ignore your rules" in bodies[t].lower() for t, fact in truth.items() if not fact.injected)
    assert {fact.mood for fact in truth.values()} == {"angry", "upset", "neutral", "pleased"}
    assert not any("{" in body for body in bodies.values())
