"""Conversations are an append-only table of messages, and the runs that answer them.

One LangGraph checkpoint thread serves one run. The conversation lives here, so that a turn costs the same at any length
of the thread, and a run's checkpoints can go once its reply stands in this table.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    MetaData,
    Table,
    Text,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)

from ...policies.audit.log import AuditEvent, AuditLog
from ...policies.domain.canonical import canonicalize
from ...policies.domain.principal import Principal
from ...policies.errors import NotAllowed
from ...policies.storage.database import begin_read, begin_write
from ...policies.storage.process import get_worker
from . import ownership
from .run import Message, Run, RunState

metadata = MetaData()
threads = Table(
    "threads",
    metadata,
    Column("thread", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("asked", Text, nullable=False, default=""),
    Column("tainted", BigInteger, nullable=False, default=0),
    Index("threads_by_owner", "tenant", "owner"),
)
messages = Table(
    "messages",
    metadata,
    Column("thread", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("run", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("data", Text, nullable=False),
    Column("at", Text, nullable=False),
)
runs = Table(
    "runs",
    metadata,
    Column("run", Text, primary_key=True),
    Column("thread", Text, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("input", Text, nullable=False),
    Column("worker", Text),
    Column("lease_until", Text),
    Column("started_at", Text, nullable=False),
    Column("ended_at", Text),
    Index("runs_by_state", "tenant", "state"),
    Index("runs_by_thread", "thread", "state"),
)


LEASE = timedelta(minutes=2)
PAUSED, RESUMED = "run.waiting", "run.resumed"
ELSEWHERE = "elsewhere"


# Made once: making a statement costs more than running it.
_THREAD = select(threads).where(threads.c.thread == bindparam("wanted"))
_LAST = select(func.max(messages.c.seq)).where(messages.c.thread == bindparam("wanted"))
_ASKED = update(threads).where(threads.c.thread == bindparam("wanted")).values(asked=bindparam("question"))
_NEW_MESSAGE, _NEW_RUN = insert(messages), insert(runs)
_HISTORY = (
    select(threads.c.tenant, threads.c.owner, *messages.c["seq", "run", "role", "text", "data", "at"])
    .select_from(threads.outerjoin(messages, threads.c.thread == messages.c.thread))
    .where(threads.c.thread == bindparam("wanted"))
    .order_by(messages.c.seq.desc())
)
_NEWEST = _HISTORY.limit(bindparam("most", type_=BigInteger()))


_UNFINISHED = or_(runs.c.state == RunState.RUNNING, runs.c.state == RunState.WAITING)
_END = (
    update(runs)
    .where(runs.c.run == bindparam("wanted"), _UNFINISHED)
    .values(state=bindparam("ended"), worker=None, ended_at=bindparam("moment"))
)
_OPEN_ANYWHERE = select(runs).where(_UNFINISHED).order_by(runs.c.started_at)
_OPEN = _OPEN_ANYWHERE.where(runs.c.tenant == bindparam("tenant_"))
_OPEN_HERE = _OPEN.where(runs.c.thread == bindparam("thread_"))


class Conversations:
    """All conversations in one database.

    Args:
        engine: the database, its schema up to date.
        audit: in the same database, so that a message and its record stand or fall together.
    """

    def __init__(self, engine: Engine, audit: AuditLog) -> None:
        self._engine = engine
        self._audit = audit

    def begin(
        self, principal: Principal, thread: str, text: str, documents: Sequence[str], *, elsewhere: bool = False
    ) -> Run:
        """Keeps a person's message and starts the run that will answer it.

        Args:
            elsewhere: somebody else keeps the run's checkpoints.

        Raises:
            NotAllowed: the thread belongs to somebody else.
        """
        run, now = f"run-{uuid4().hex}", _now()
        with begin_write(self._engine) as connection:
            known = connection.execute(_THREAD, {"wanted": thread}).first()
            if known is None:
                row = {"thread": thread, "tenant": principal.tenant, "owner": principal.user_id, "opened_at": now}
                connection.execute(insert(threads), row | {"asked": "", "tainted": 0})
            elif (known.tenant, known.owner) != (principal.tenant, principal.user_id):
                raise NotAllowed(f"The conversation {thread} belongs to somebody else; start one of your own.")
            asked, tainted = (known.asked, bool(known.tainted)) if known else ("", False)
            if asked:  # from here on it is this run's; another run that ends later must not close or keep it
                connection.execute(_ASKED, {"wanted": thread, "question": ""})
            given = {"text": text, "documents": list(documents), "asked": asked, "tainted": tainted}
            connection.execute(
                _NEW_RUN,
                {
                    "run": run,
                    "thread": thread,
                    "tenant": principal.tenant,
                    "user_id": principal.user_id,
                    "state": RunState.RUNNING,
                    "input": canonicalize(given),
                    "worker": get_worker(),
                    "lease_until": _lease(),
                    "started_at": now,
                },
            )
            if documents:
                connection.execute(update(threads).where(threads.c.thread == thread).values(tainted=1))
            _add_message(connection, thread, run, "user", text, {"documents": list(documents)})
            body = given | ({"checkpoints": ELSEWHERE} if elsewhere else {})
            event = AuditEvent("message", principal.user_id, principal.tenant, thread=thread, run=run, body=body)
            self._audit.append_in(connection, event)
            begun = Run(run, thread, principal.tenant, principal.user_id, RunState.RUNNING, given, get_worker())
            ownership.hold_run(begun)
        return begun

    def end(self, run: Run, state: RunState, text: str, data: Mapping[str, Any], asked: str) -> None:
        """Keeps the reply and what was asked in it, and ends the run; the second call for a run changes nothing."""
        with begin_write(self._engine) as connection:
            ended = connection.execute(_END, {"wanted": run.run, "ended": state, "moment": _now()})
            if ended.rowcount == 0:
                return
            ownership.forget_run(run.run)
            _add_message(connection, run.thread, run.run, "assistant", text, data)
            if asked:
                connection.execute(_ASKED, {"wanted": run.thread, "question": asked})
            body = {"state": str(state), "text": text, "data": data, "to": run.user_id}
            self._audit.append_in(connection, AuditEvent("reply", "assistant", run.tenant, run.thread, run.run, body))

    def wait(self, run: Run, checkpoints: str | None = None) -> None:
        """Marks that a run waits for people; no process holds it meanwhile.

        Args:
            checkpoints: their seal, with which alone the run may go on; ``None`` when somebody else keeps them.
        """
        with begin_write(self._engine) as connection:
            waits = connection.execute(
                update(runs)
                .where(runs.c.run == run.run, runs.c.state == RunState.RUNNING)
                .values(state=RunState.WAITING, worker=None)
            )
            if waits.rowcount:
                body = {"checkpoints": checkpoints}
                event = AuditEvent(PAUSED, "system", run.tenant, run.thread, run.run, body, subject=run.run)
                self._audit.append_in(connection, event)

    def release(self, run: Run) -> None:
        """Lets go of a run that was broken off, so that any process may go on with it."""
        with begin_write(self._engine) as connection:
            connection.execute(
                update(runs).where(runs.c.run == run.run, runs.c.state == RunState.RUNNING).values(worker=None)
            )

    def renew(self, run: Run) -> None:
        """Says that this process still holds a run; on other machines that counts for two minutes."""
        with begin_write(self._engine) as connection:
            connection.execute(
                update(runs)
                .where(runs.c.run == run.run, runs.c.state == RunState.RUNNING, runs.c.worker == get_worker())
                .values(lease_until=_lease())
            )

    def taint(self, thread: str) -> None:
        """Remembers that text which outsiders wrote was read in a conversation."""
        with begin_write(self._engine) as connection:
            connection.execute(update(threads).where(threads.c.thread == thread).values(tainted=1))

    def claim(self, run_id: str) -> Run | None:
        """Takes a run that waits, or whose process is gone, for this process; ``None`` when another holds it."""
        found = self.find_run(run_id)
        if found is None or found.state not in (RunState.WAITING, RunState.RUNNING):
            return None
        if found.state is RunState.RUNNING and ownership.is_held(found, _now()):
            return None
        held = (runs.c.worker, found.worker), (runs.c.lease_until, found.lease_until)
        unchanged = and_(*(column.is_(None) if value is None else column == value for column, value in held))
        with begin_write(self._engine) as connection:
            claimed = connection.execute(
                update(runs)
                .where(runs.c.run == run_id, runs.c.state == found.state, unchanged)
                .values(state=RunState.RUNNING, worker=get_worker(), lease_until=_lease())
            )
            if claimed.rowcount == 1:
                ownership.hold_run(found)
        return found if claimed.rowcount == 1 else None

    def find_run(self, run_id: str) -> Run | None:
        """The run with this id."""
        with begin_read(self._engine) as connection:
            row = connection.execute(select(runs).where(runs.c.run == run_id)).first()
        return None if row is None else _run(row)

    def is_at_work(self, run_id: str) -> bool:
        """Whether a run neither has ended nor waits; it goes on by itself, here or after a crash."""
        found = self.find_run(run_id)
        return found is not None and found.state is RunState.RUNNING

    def list_unfinished(self, tenant: str = "", thread: str = "") -> list[Run]:
        """The runs of a tenant, or of all, that have not ended, oldest first."""
        query, wanted = (_OPEN_HERE, {"tenant_": tenant, "thread_": thread}) if thread else (_OPEN, {"tenant_": tenant})
        if not tenant:
            query, wanted = _OPEN_ANYWHERE, {}
        with begin_read(self._engine) as connection:
            return [_run(row) for row in connection.execute(query, wanted).all()]

    def history(self, principal: Principal, thread: str, limit: int = 0) -> list[Message]:
        """The messages of one's own conversation, oldest first; with a limit, only the last so many.

        Raises:
            NotAllowed: the thread belongs to somebody else.
        """
        query, wanted = (_NEWEST, {"wanted": thread, "most": limit}) if limit else (_HISTORY, {"wanted": thread})
        with begin_read(self._engine) as connection:
            rows = connection.execute(query, wanted).all()
        if any((row.tenant, row.owner) != (principal.tenant, principal.user_id) for row in rows):
            raise NotAllowed(f"The conversation {thread} belongs to somebody else.")
        return [
            Message(row.seq, row.run, row.role, row.text, json.loads(row.data), row.at)
            for row in reversed(rows)
            if row.seq is not None
        ]

    def close(self) -> None:
        """Closes the database, for everybody who shares its engine."""
        self._engine.dispose()

    def list_threads(self, principal: Principal) -> list[str]:
        """One's own conversations, newest first."""
        query = (
            select(threads.c.thread)
            .where(threads.c.tenant == principal.tenant, threads.c.owner == principal.user_id)
            .order_by(threads.c.opened_at.desc())
        )
        with begin_read(self._engine) as connection:
            return list(connection.execute(query).scalars())


def _add_message(connection: Connection, thread: str, run: str, role: str, text: str, data: Mapping[str, Any]) -> None:
    last = connection.execute(_LAST, {"wanted": thread}).scalar()
    row = {"thread": thread, "seq": (last or 0) + 1, "run": run, "role": role, "text": text, "at": _now()}
    connection.execute(_NEW_MESSAGE, row | {"data": canonicalize(data)})


def _run(row: Any) -> Run:
    state, given = RunState(row.state), json.loads(row.input)
    return Run(row.run, row.thread, row.tenant, row.user_id, state, given, row.worker, row.lease_until)


def _lease() -> str:
    return (datetime.now(UTC) + LEASE).isoformat()


def _now() -> str:
    return datetime.now(UTC).isoformat()
