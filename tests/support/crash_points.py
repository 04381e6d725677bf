"""The durable steps of a process, found as they happen, and death at any of them.

A step is what another process can see afterwards: a commit with changes, a write of a checkpoint, a file that takes its
place. They are found where they all pass: SQLAlchemy's dialect, the saver's methods, the system's calls. Import this
only in a process that may die.
"""

import os
import re
import signal
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

When = Literal["before", "after"]
_CHANGE = re.compile(r"\s*(INSERT INTO|UPDATE|DELETE FROM|CREATE \w+|ALTER \w+|DROP \w+)\s+\"?(\w+)", re.IGNORECASE)


class Points:
    """Counts the durable steps of this process and kills it at one of them.

    Args:
        home: files that take their place in it are steps.
        saver: the class whose checkpoints are steps.
        at: the number of the step to die at, from 1; 0 to live.
        when: whether that step is done before death.
    """

    def __init__(self, home: Path, saver: type[Any], at: int = 0, when: When = "before") -> None:
        self.steps: list[str] = []
        self._at, self._when = at, when
        self._changed: dict[int, list[str]] = defaultdict(list)
        event.listen(Engine, "before_cursor_execute", self._note)
        self._around(DefaultDialect, "do_commit", lambda _, raw: self._commit_of(raw))
        self._around(DefaultDialect, "do_rollback", lambda _, raw: self._changed.pop(_id(raw), None) and "")
        for name in ("put", "put_writes", "delete_thread"):
            self._around(saver, name, lambda *_, name=name: f"checkpoint {name}")
        for name in ("replace", "link", "rename"):
            self._around(os, name, lambda _, to: f"file {to}" if Path(to).is_relative_to(home) else "")

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """One durable step, unless it has no name."""
        number = 0
        if what:
            self.steps.append(what)
            number = len(self.steps)
        if number and (number, "before") == (self._at, self._when):
            _die()
        yield
        if number and (number, "after") == (self._at, self._when):
            _die()

    def _around(self, owner: Any, name: str, named: Any) -> None:
        inner = getattr(owner, name)

        def outer(*args: Any, **more: Any) -> Any:
            with self.step(named(*args) or ""):
                return inner(*args, **more)

        setattr(owner, name, outer)

    def _note(self, connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        changed, found = self._changed[_id(connection.connection)], _CHANGE.match(statement)
        change = f"{found[1].split()[0].lower()} {found[2]}" if found else ""
        if change and change not in changed:
            changed.append(change)

    def _commit_of(self, raw: Any) -> str:
        changed = self._changed.pop(_id(raw), [])
        return f"commit {', '.join(changed)}" if changed else ""


def _id(raw: Any) -> int:
    return id(getattr(raw, "dbapi_connection", raw))


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
