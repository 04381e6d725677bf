"""This module makes everyday paperwork: invoice events, mail, notes, tasks, expenses, requests, discounts."""

from datetime import date, timedelta
from random import Random
from typing import Any

from ..schema.record_kinds import RECORD_KINDS
from .billing import SHOWN_INVOICE
from .tickets import load_phrases, pick_working_time

Row = dict[str, Any]
Tables = dict[str, list[Row]]

_EXPENSES = ("travel", "meals", "training", "tools", "office supplies")
_SYSTEMS = ("ledger", "warehouse", "customer portal", "payroll archive", "contract store")
_TASKS = ("Call back the customer", "Check the credit limit", "File the delivery note", "Ask for a new quote")
_NOTES = (
    "Prefers contact by phone in the morning.",
    "Agreed on a yearly price talk in the first quarter.",
    "Asked for collective invoices; accounts agreed.",
    "Visited the plant; expansion planned next year.",
)


def generate_correspondence(rng: Random, today: date, invoices: list[Row]) -> Tables:
    """One or two events per invoice and the mails of suppliers about those that are held."""
    book = load_phrases()
    out: Tables = {"invoice_event": [], "message": []}
    for row in invoices:
        _event(rng, out, row, "received", "Read in from the supplier's mail.", row["received_on"])
        if row["status"] == "stuck":
            _event(rng, out, row, "held", "Not posted by the nightly run; somebody has to look.", row["received_on"])
        if row["posted_on"]:
            _event(rng, out, row, "posted", "Posted to the ledger.", row["posted_on"])
        shown = row["id"] == SHOWN_INVOICE
        if shown or (row["status"] == "stuck" and rng.random() < 0.6):
            text = rng.choice(book["supplier_mail"])
            if rng.random() < 0.15:
                text = f"{text}\n{rng.choice(book['supplier_injections'])}"
            day = min(today, row["received_on"] + timedelta(days=rng.randrange(2, 9)))
            out["message"].append(
                {
                    "id": RECORD_KINDS["message"].id(len(out["message"]) + 1),
                    "direction": "in",
                    "party_kind": "supplier",
                    "party_id": row["supplier_id"],
                    "about_kind": "invoice",
                    "about_id": row["id"],
                    "subject": f"Invoice {row['number']}",
                    "body": (book["shown_supplier_mail"] if shown else text).format(number=row["number"]),
                    "status": "received",
                    "author": row["supplier_id"],
                    "at": pick_working_time(rng, day),
                }
            )
    return out


def _event(rng: Random, out: Tables, invoice: Row, event: str, detail: str, day: date) -> None:
    out["invoice_event"].append(
        {
            "id": RECORD_KINDS["invoice_event"].id(len(out["invoice_event"]) + 1),
            "invoice_id": invoice["id"],
            "event": event,
            "detail": detail,
            "actor": invoice["posted_by"] if event == "posted" else "matching run",
            "at": pick_working_time(rng, day),
        }
    )


def generate_paperwork(rng: Random, today: date, staff: list[Row], customers: list[Row]) -> Tables:
    """Notes, tasks, expenses, access requests and discounts."""
    users = [row["user_id"] for row in staff if row["manager"]]
    boss = {row["user_id"]: row["manager"] for row in staff}
    sellers = [row["user_id"] for row in staff if "account_manager" in row["roles"]]
    firms = [row["id"] for row in customers if not row["employee_id"]]
    out: Tables = {name: [] for name in ("note", "task", "expense", "access_request", "discount")}
    for number in range(1, 121):
        user, customer = rng.choice(sellers), rng.choice(firms)
        out["note"].append(
            {
                "id": RECORD_KINDS["note"].id(number),
                "about_kind": "customer",
                "about_id": customer,
                "author": user,
                "body": rng.choice(_NOTES),
                "at": pick_working_time(rng, today - timedelta(days=rng.randrange(1, 400))),
            }
        )
        out["task"].append(
            {
                "id": RECORD_KINDS["task"].id(number),
                "title": rng.choice(_TASKS),
                "detail": "",
                "about_kind": "customer",
                "about_id": customer,
                "assignee": rng.choice(users),
                "created_by": user,
                "status": rng.choice(("open", "done")),
                "due_on": today + timedelta(days=rng.randrange(-30, 30)),
            }
        )
    for number in range(1, 201):
        out["expense"].append(_expense(rng, number, today, rng.choice(users), boss))
    for number in range(1, 41):
        user = rng.choice(users)
        decided = rng.random() < 0.6
        out["access_request"].append(
            {
                "id": RECORD_KINDS["access_request"].id(number),
                "employee_id": user,
                "system": rng.choice(_SYSTEMS),
                "level": rng.choice(("read", "write")),
                "reason": "Needed for a new task in the team.",
                "status": "granted" if decided else "requested",
                "requested_on": today - timedelta(days=rng.randrange(1, 200)),
                "decided_by": boss[user] if decided else None,
            }
        )
    for number in range(1, 61):
        percent = rng.choice((200, 300, 500, 800, 1000, 1500, 2000))
        start = today - timedelta(days=rng.randrange(0, 300))
        by = "finn.moor" if percent <= 500 else "greta.falk" if percent <= 1500 else "ines.roth"
        out["discount"].append(
            {
                "id": RECORD_KINDS["discount"].id(number),
                "customer_id": rng.choice(firms),
                "percent_bp": percent,
                "reason": rng.choice(("volume", "new customer", "late delivery", "yearly agreement")),
                "status": "active",
                "valid_from": start,
                "valid_to": start + timedelta(days=365),
                "created_by": rng.choice(sellers),
                "approved_by": by,
            }
        )
    return out


def _expense(rng: Random, number: int, today: date, user: str, boss: dict[str, str]) -> Row:
    status = rng.choice(("submitted", "approved", "approved", "paid"))
    category = rng.choice(_EXPENSES)
    return {
        "id": RECORD_KINDS["expense"].id(number),
        "employee_id": user,
        "category": category,
        "description": f"{category.capitalize()}, receipt attached",
        "amount_minor": rng.choice((rng.randrange(500, 20_000), rng.randrange(20_001, 190_000))),
        "currency": "EUR",
        "spent_on": today - timedelta(days=rng.randrange(1, 180)),
        "status": status,
        "approved_by": None if status == "submitted" else boss[user],
    }
