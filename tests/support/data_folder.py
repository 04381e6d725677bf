"""A whole assistant in a folder: made once per test session, copied for whoever wants to change it."""

import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from countersign.graphs import Assistant, Settings, open_assistant
from countersign.graphs.assistant.session import AsyncAssistant
from countersign.graphs.settings import DATABASE
from countersign.policies.storage.database import begin_write, open_database
from databases import Databases, copy_database, url_of
from filelock import FileLock
from sqlalchemy import text

DATABASE_NAME = Path(DATABASE).with_suffix(".url")
MARA, TOM = "mara.voss", "tom.adler"
"""A support agent, and the support manager who countersigns for her."""


def template(base: Path, server: str = "") -> Path:
    """A closed data folder with the sample company and the handbooks in memory; workers of one session share it.

    Args:
        server: the address of a PostgreSQL cluster, for a folder whose records are there.
    """
    home = base / ("house-postgres" if server else "house")
    with FileLock(f"{home}.lock"):
        if not home.exists():
            making = base / f"{home.name}.making"
            making.mkdir()
            if server:
                Databases(server).url(making / DATABASE)
            open_door(making).close()
            making.rename(home)
    return home


def copy_of(home: Path, to: Path) -> Path:
    """An own copy of a closed data folder, and of its database where that is elsewhere."""
    index = settings_of(home).memory.name
    shutil.copytree(home, to)
    copy_database(home / DATABASE, to / DATABASE)
    if (to / index).exists():
        (to / index).rename(settings_of(to).memory)
    return to


def settings_of(home: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of a data folder; its database is the one named in it, if there is one."""
    named = {"COUNTERSIGN_DATABASE_URL": url_of(home / DATABASE)} if (home / DATABASE_NAME).exists() else {}
    return Settings.from_env({**named, **(environment or {})}, home=home)


def open_core(
    home: Path,
    environment: Mapping[str, str] | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> AsyncAssistant:
    """The asynchronous assistant of a data folder, with these settings and this clock."""
    return open_assistant(settings_of(home, environment), now)


def open_door(
    home: Path,
    environment: Mapping[str, str] | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Assistant:
    """The same, by the synchronous door.

    Its timer does not come round within a test: under load it would end a run while a test tampers with it.
    """
    return Assistant(open_core(home, environment, now), every=3600)


def lose_checkpoints(home: Path) -> None:
    """Removes all checkpoints of a closed data folder, as after damage."""
    for path in home.glob("checkpoints.db*"):
        path.unlink()
    if (home / DATABASE_NAME).exists():
        engine = open_database(url_of(home / DATABASE))
        with begin_write(engine) as connection:
            for table in ("checkpoints", "checkpoint_blobs", "checkpoint_writes", "checkpoint_migrations"):
                connection.execute(text(f"DROP TABLE {table}"))
        engine.dispose()


def orders(home: Path, low: int, high: int) -> list[str]:
    """Orders in euro delivered lately, each of another customer without refunds, by what was paid in minor units."""
    query = """
        SELECT id FROM orders WHERE status = 'delivered' AND currency = 'EUR' AND total_minor BETWEEN ? AND ?
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
