"""A whole assistant in a folder: made once per test session, copied for whoever wants to change it."""

import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from countersign.graphs import Assistant, Settings, open_assistant
from countersign.graphs.session import AsyncAssistant
from filelock import FileLock

MARA, TOM = "mara.voss", "tom.adler"
"""A support agent, and the support manager who countersigns for her."""


def template(base: Path) -> Path:
    """A closed data folder with the sample company and the handbooks in memory; workers of one session share it."""
    home = base / "house"
    with FileLock(base / "house.lock"):
        if not home.exists():
            making = base / "house.making"
            Assistant.open(settings=Settings.from_env({}, home=making)).close()
            making.rename(home)
    return home


def copy_of(home: Path, to: Path) -> Path:
    """An own copy of a closed data folder."""
    shutil.copytree(home, to)
    return to


def open_core(
    home: Path,
    environment: Mapping[str, str] | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> AsyncAssistant:
    """The asynchronous assistant of a data folder, with these settings and this clock."""
    return open_assistant(Settings.from_env(environment or {}, home=home), now)


def open_door(
    home: Path,
    environment: Mapping[str, str] | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Assistant:
    """The same, by the synchronous door."""
    return Assistant(open_core(home, environment, now))


def orders(home: Path, low: int, high: int) -> list[str]:
    """Orders delivered lately, each of another customer without refunds, by what was paid in minor units."""
    query = """
        SELECT id FROM orders WHERE status = 'delivered' AND total_minor BETWEEN ? AND ?
        AND customer_id NOT IN (SELECT customer_id FROM refunds)
        AND delivered_on > (SELECT date(max(delivered_on), '-25 days') FROM orders)
        GROUP BY customer_id ORDER BY delivered_on DESC, id LIMIT 20
    """
    return [str(row[0]) for row in records(home, query, low, high)]


def refunded(home: Path, order_id: str) -> list[int]:
    """The refunds of an order as the books have them, in minor units."""
    return [row[0] for row in records(home, "SELECT amount_minor FROM refunds WHERE order_id = ?", order_id)]


def records(home: Path, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Runs a statement on the company's own file, as another program would."""
    with closing(sqlite3.connect(home / "company.db")) as connection, connection:
        return connection.execute(statement, values).fetchall()
