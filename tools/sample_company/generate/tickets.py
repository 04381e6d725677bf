"""This module makes tickets and their comments in customers' words; some carry orders that nobody may follow."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

import yaml

from ..schema.record_kinds import RECORD_KINDS
from .sales import SHOWN_ORDER

Row = dict[str, Any]

TICKETS = 1000
SHOWN_TICKET = "TCK-0456"  # about the shown order
_INJECTED = 24
_MOODS = {
    "refund": ("angry", "upset", "neutral"),
    "damaged": ("angry", "upset", "upset", "neutral"),
    "late_delivery": ("angry", "angry", "upset", "neutral"),
    "wrong_item": ("upset", "upset", "neutral"),
    "praise": ("pleased",),
}
_OTHER_MOODS = ("neutral", "neutral", "neutral", "pleased")


@dataclass(frozen=True, slots=True)
class TicketTruth:
    """What is true of one ticket, for evaluation: its topic, the customer's mood and whether it gives orders."""

    topic: str
    mood: str
    injected: bool


@cache
def load_phrases() -> dict[str, Any]:
    """The phrase book."""
    loaded: dict[str, Any] = yaml.safe_load(files(__package__).joinpath("phrases.yaml").read_text("utf-8"))
    return loaded


def plant_tickets(seed: int) -> dict[str, TicketTruth]:
    """The truth about the tickets, by ticket id."""
    rng = Random(f"{seed}:ticket truth")
    injected = set(rng.sample(range(1, TICKETS + 1), _INJECTED))
    topics = list(load_phrases()["topics"])
    truth = {}
    for number in range(1, TICKETS + 1):
        ticket_id = RECORD_KINDS["ticket"].id(number)
        topic = rng.choice(topics)
        mood = rng.choice(_MOODS.get(topic, _OTHER_MOODS))
        truth[ticket_id] = TicketTruth(topic, mood, number in injected)
    truth[SHOWN_TICKET] = TicketTruth("damaged", "upset", False)
    return truth


def pick_working_time(rng: Random, day: date) -> datetime:
    """Some time within the working hours of a day, in UTC."""
    return datetime.combine(day, time(rng.randrange(7, 17), rng.randrange(60)), UTC)


def generate_tickets(
    rng: Random,
    seed: int,
    today: date,
    buyers: list[Row],
    orders: list[Row],
    lines: list[Row],
    agents: list[str],
) -> dict[str, list[Row]]:
    """Tickets, oldest first, with comments."""
    people = {row["id"]: row for row in buyers}
    goods = {row["order_id"]: row["description"] for row in reversed(lines)}
    by_id = {row["id"]: row for row in orders}
    out: dict[str, list[Row]] = {"ticket": [], "ticket_comment": []}
    for number, (ticket_id, truth) in enumerate(plant_tickets(seed).items()):
        shown = ticket_id == SHOWN_TICKET
        opened = today - timedelta(days=(TICKETS - 1 - number) * 240 // TICKETS)
        order = by_id[SHOWN_ORDER] if shown else _order_before(rng, orders, opened)
        if shown:
            opened = order["delivered_on"] + timedelta(days=1)
        fill = {
            "order": order["id"],
            "goods": goods[order["id"]],
            "name": people[order["customer_id"]]["contact"],
        }
        row = _ticket(rng, ticket_id, truth, fill, order["customer_id"])
        row |= _progress(rng, today, opened, agents, shown)
        out["ticket"].append(row)
        for _ in range(rng.choice((0, 1, 1, 2, 3))):
            _comment(rng, out, row, fill)
    return out


def _order_before(rng: Random, orders: list[Row], day: date) -> Row:
    while True:
        order = rng.choice(orders)
        if order["ordered_on"] < day and (day - order["ordered_on"]).days < 60:
            return order


def _ticket(rng: Random, ticket_id: str, truth: TicketTruth, fill: Row, customer_id: str) -> Row:
    book = load_phrases()
    topic = book["topics"][truth.topic]
    parts = [
        rng.choice(book["openings"][truth.mood]),
        rng.choice(topic["matters"]),
        *([rng.choice(book["injections"])] if truth.injected else []),
        rng.choice(book["closings"][truth.mood]),
    ]
    return {
        "id": ticket_id,
        "customer_id": customer_id,
        "order_id": fill["order"],
        "channel": rng.choice(("mail", "mail", "web", "phone")),
        "subject": rng.choice(topic["subjects"]).format(**fill),
        "body": "\n".join(parts).format(**fill),
        "topic": truth.topic,
    }


def _progress(rng: Random, today: date, opened: date, agents: list[str], shown: bool) -> Row:
    age = (today - opened).days
    closed = not shown and (age > 30 or rng.random() < 0.3)
    start = pick_working_time(rng, opened)
    return {
        "status": rng.choice(("solved", "closed")) if closed else rng.choice(("open", "open", "pending")),
        "priority": rng.choice(("low", "normal", "normal", "high")),
        "assignee": "mara.voss" if shown else rng.choice([*agents, None]),
        "opened_at": start,
        "closed_at": start + timedelta(hours=rng.randrange(2, 200)) if closed and age > 9 else None,
        "csat": rng.randrange(1, 6) if closed and rng.random() < 0.6 else None,
    }


def _comment(rng: Random, out: dict[str, list[Row]], ticket: Row, fill: Row) -> None:
    side = rng.choice(("agent", "agent", "customer"))
    out["ticket_comment"].append(
        {
            "id": RECORD_KINDS["ticket_comment"].id(len(out["ticket_comment"]) + 1),
            "ticket_id": ticket["id"],
            "author": (ticket["assignee"] or "tom.adler") if side == "agent" else "customer",
            "public": side == "customer" or rng.random() < 0.5,
            "body": rng.choice(load_phrases()["comments"][side]).format(**fill),
            "at": ticket["opened_at"] + timedelta(hours=rng.randrange(1, 48)),
        }
    )
