"""Running processes that may die, each forked from one that has imported everything and has no threads."""

import json
import multiprocessing
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from uuid import uuid4

from crash_jobs import PATIENCE_SECONDS, Place, Task, run
from data_folder import orders, records
from filelock import FileLock
from sqlalchemy import make_url

MISSING_TICKET = "TCK-9999"
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["pytest", "crash_preload"])


@contextmanager
def ready() -> Iterator[None]:
    """Starts the process that the others are forked from with what it needs in its environment."""
    wanted = {"PYTHONPATH": str(Path(__file__).parent), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    kept = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in kept.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)


@dataclass
class Running:
    """A process at work on a task."""

    task: Task
    process: BaseProcess = field(init=False)

    def __post_init__(self) -> None:
        self.process = _context.Process(target=run, args=(self.task,))
        with ready():
            self.process.start()

    def end(self) -> tuple[int | None, Any]:
        """Waits for it.

        Returns:
            Its exit code, negative for a signal, and what it told, if anything.
        """
        self.process.join(2 * PATIENCE_SECONDS)
        code = self.process.exitcode
        self.process.close()
        if not self.task.result.exists():
            return code, None
        told = json.loads(self.task.result.read_text())
        assert "error" not in told, told["error"]
        return code, told["result"]


def barrier(parties: int) -> Any:
    """Where processes wait for each other."""
    with ready():
        return _context.Barrier(parties)


class Scene:
    """Copies of one prepared place, on SQLite or in databases of one PostgreSQL cluster.

    Args:
        base: a folder for the copies.
        place: closed; nobody may change it.
        template: the database that belongs to it, or empty on SQLite.
    """

    def __init__(self, base: Path, place: Place, template: str = "") -> None:
        self._base = base
        self._place = place
        self._template = template

    @contextmanager
    def copy(self) -> Iterator[Place]:
        """A place of one's own, gone afterwards; on PostgreSQL one at a time, as its name is written in the folder."""
        home = self._base / uuid4().hex
        shutil.copytree(self._place.home, home)
        try:
            if self._template:
                again(self._place.database, self._template)
            yield replace(self._place, home=home)
        finally:
            shutil.rmtree(home, ignore_errors=True)

    def freeze(self, place: Place) -> "Scene":
        """The scene that begins where this copy stands now."""
        home = self._base / f"kept-{uuid4().hex}"
        shutil.copytree(place.home, home)
        if self._template:
            again(f"{self._place.database.rpartition('/')[0]}/{home.name}", make_url(place.database).database or "")
        return Scene(self._base, replace(place, home=home), home.name if self._template else "")

    def for_ticket(self, ticket: str) -> "Scene":
        """The same with another ticket asked for."""
        return Scene(self._base, replace(self._place, ticket=ticket), self._template)


def do(name: str, place: Place, **more: Any) -> Running:
    """Starts a task."""
    return Running(Task(name, place, place.home.parent / f"{uuid4().hex}.json", **more))


def prepare(base: Path, database: str = "") -> Place:
    """A house whose papers are ready, made once; asks for a large order that two people must sign for."""
    home = base / ("crash-house" if not database else "crash-house-shared")
    with FileLock(base / f"{home.name}.lock"):
        if not home.exists():
            made = base / f"{home.name}.making"
            code, _ = do("prepare", Place(made, database)).end()
            assert code == 0, "the house could not be prepared"
            made.rename(home)
    order = orders(home, 100_001, 10**7)[0]
    ticket = records(home, "SELECT id FROM tickets WHERE status = 'open' ORDER BY id LIMIT 1")[0][0]
    return Place(home, database, order, str(ticket))


def again(database: str, template: str) -> None:
    """Makes a PostgreSQL database anew from another."""
    import psycopg

    url = make_url(database)
    with psycopg.connect(
        host=url.host, port=url.port, user=url.username, dbname="postgres", autocommit=True
    ) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{url.database}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{url.database}" TEMPLATE "{template}"')
