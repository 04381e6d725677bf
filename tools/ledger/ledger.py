"""The ledger of side effects: each grant runs once, and every replay gets the recorded result.

A row is keyed by the proposal's digest. ``intended``: policy has answered, nothing was sent. ``started``: the call may
have reached the system. ``succeeded`` and ``failed``: known. ``in_doubt``: the call may or may not have happened,
until it is reconciled: the system can tell, or a person has looked.
Every change of state and its audit record are one transaction.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from ...policies.audit.log import Audit, Event
from ...policies.audit.row_seals import vouched, vouching
from ...policies.domain.canonical import canonical
from ...policies.domain.proposal import Proposal
from ...policies.errors import Tampered
from ...policies.storage.database import make_missing, reading, writing
from ...policies.storage.process import this_worker
from .audit_events import event_of
from .entry import Entry as Entry
from .entry import State as State
from .entry import metadata as metadata
from .entry import read_entry, sound_entries
from .entry import table as table
from .history_index import Histories, uncount_in

# Made once: making a statement costs more than running it.
_ENTRY = select(table).where(table.c.digest == bindparam("wanted"))
_TWIN = select(table).where(
    table.c.run == bindparam("of_run"),
    table.c.thread == bindparam("of_thread"),
    table.c.tenant == bindparam("of_tenant"),
    table.c.tool == bindparam("of_tool"),
    table.c.arguments == bindparam("with_arguments"),
    table.c.digest != bindparam("wanted"),
    table.c.state.in_([State.STARTED, State.IN_DOUBT, State.SUCCEEDED]),
)
_INTEND = insert(table).returning(*table.c)
_START = (
    update(table)
    .where(table.c.digest == bindparam("wanted"), table.c.state == bindparam("before"))
    .values(
        state=State.STARTED,
        grant_ref=bindparam("by_grant"),
        worker=bindparam("by_worker"),
        lease_until=bindparam("until"),
        started_at=bindparam("moment"),
        attempts=table.c.attempts + 1,
    )
    .returning(*table.c)
)
_FINISH = (
    update(table)
    .where(
        table.c.digest == bindparam("wanted"),
        or_(table.c.state == State.STARTED, table.c.state == State.IN_DOUBT),
    )
    .values(
        state=bindparam("after"),
        result=bindparam("found"),
        message=bindparam("words"),
        settled_by=bindparam("by"),
        ended_at=bindparam("moment"),
    )
    .returning(*table.c)
)


def key_of(digest: str) -> str:
    """The idempotency key passed to the system for the effect with this digest."""
    return f"cs-{digest[:40]}"


class Ledger:
    """The ledger in one database.

    Args:
        engine: the database; the table is made when missing.
        audit: in the same database, so that an effect and its record stand or fall together.
    """

    def __init__(self, engine: Engine, audit: Audit) -> None:
        self._engine = engine
        self._audit = audit
        make_missing(engine, metadata)
        audit.guard_tables(table)
        self.histories = Histories(engine, audit)

    def get(self, digest: str) -> Entry | None:
        """The entry for a digest."""
        with reading(self._engine) as connection:
            return _entry(connection, digest)

    def twin(self, proposal: Proposal) -> Entry | None:
        """The same call in the same run under another digest, begun or done: proposed anew when the rules had changed.

        Two equal calls in one run are one action. A run is known by its tenant, its thread and its id, so that a client
        that chooses the id of its run meets no run of another's.
        """
        call = {
            "of_run": proposal.run,
            "of_thread": proposal.thread,
            "of_tenant": proposal.tenant,
            "of_tool": proposal.tool,
            "with_arguments": proposal.arguments,
        }
        with reading(self._engine) as connection:
            rows = connection.execute(_TWIN, {"wanted": proposal.digest, **call}).all()
        return next(iter(sound_entries(rows)), None)

    def list_in_doubt(self) -> list[Entry]:
        """The effects of which nobody knows whether they happened, oldest first."""
        return self._in_state(State.IN_DOUBT)

    def list_started(self) -> list[Entry]:
        """The effects that were begun and have not ended, oldest first."""
        return self._in_state(State.STARTED)

    def _in_state(self, state: State) -> list[Entry]:
        query = select(table).where(table.c.state == state).order_by(table.c.intended_at)
        with reading(self._engine) as connection:
            return sound_entries(connection.execute(query).all())

    def find(
        self, tenant: str, *, user_id: str = "", state: State | None = None, last: int | None = None
    ) -> list[Entry]:
        """A tenant's effects that match, the newest first.

        Args:
            user_id: on whose behalf; everybody's by default.
            last: at most so many.
        """
        query = select(table).where(table.c.tenant == tenant).order_by(table.c.intended_at.desc()).limit(last)
        if user_id:
            query = query.where(table.c.user_id == user_id)
        if state is not None:
            query = query.where(table.c.state == state)
        with reading(self._engine) as connection:
            return sound_entries(connection.execute(query).all())

    def intend(self, proposal: Proposal, *events: Event, at: datetime | None = None) -> None:
        """Records that policy has answered for a write and nothing was sent yet; a second call changes nothing.

        Args:
            events: what to record with it; the last one vouches for the row.
            at: when policy answered, if that is not now.
        """
        row = {
            "digest": proposal.digest,
            "tool": proposal.tool,
            "tenant": proposal.tenant,
            "user_id": proposal.user_id,
            "thread": proposal.thread,
            "run": proposal.run,
            "arguments": proposal.arguments,
            "state": State.INTENDED,
            "attempts": 0,
            "intended_at": (at or _now()).isoformat(),
        }
        try:
            with writing(self._engine) as connection:
                intended = connection.execute(_INTEND, row).one()
                *others, told = events or (event_of("effect.intended", proposal, {}),)
                self._audit.append_in(connection, *others, _told(told, intended))
        except IntegrityError:  # it was intended before, here or by another process
            self._audit.append(*events)

    def start(
        self,
        digest: str,
        grant_ref: str,
        lease: timedelta,
        event: Event,
        *,
        again: bool = False,
        within: Callable[[Connection], list[dict[str, Any]]] | None = None,
    ) -> bool:
        """Claims an effect for this worker; of any number of callers exactly one is told ``True``.

        Args:
            grant_ref: the decision or review that lets it run.
            lease: how long the call can take at most; after it another worker may settle the effect.
            again: claim an effect in doubt, because the system said it did not happen or repeating is safe.
            within: what else belongs into the transaction of whoever wins; it returns what the log must vouch for, and
                by raising it takes the claim back.

        Raises:
            Tampered: the entry is not as the audit log last saw it.
        """
        now = _now()
        claim = {
            "wanted": digest,
            "before": State.IN_DOUBT if again else State.INTENDED,
            "by_grant": grant_ref,
            "by_worker": this_worker(),
            "until": (now + lease).isoformat(),
            "moment": now.isoformat(),
        }
        with writing(self._engine, durable=True) as connection:
            self._audit.check_row_in(connection, digest, table)
            won = connection.execute(_START, claim).first()
            if won is not None:
                more = within(connection) if within else []
                self._audit.append_in(connection, vouching(_told(event, won), *more))
        return won is not None

    def finish(
        self, digest: str, state: State, event: Event, *, result: Any = None, message: str = "", settled_by: str = ""
    ) -> Entry | None:
        """Records how a started effect ended; nothing when it had already been settled.

        An entry that was changed behind the log's back gets its end as well, but the log does not vouch for it.
        """
        ended = {
            "wanted": digest,
            "after": state,
            "found": None if result is None else canonical(result),
            "words": message,
            "by": settled_by or None,
            "moment": _now().isoformat(),
        }
        with writing(self._engine, durable=True) as connection:
            sound = self._sound(connection, digest)
            done = connection.execute(_FINISH, ended).first()
            if done is not None:
                told = _told(event, done) if sound else replace(event, subject=digest)
                more = uncount_in(connection, digest) if state is State.FAILED else []
                self._audit.append_in(connection, vouching(told, *more))
        return None if done is None else read_entry(done)

    def _sound(self, connection: Connection, digest: str) -> bool:
        try:
            self._audit.check_row_in(connection, digest, table)
        except Tampered:
            return False
        return True


def _told(event: Event, row: Row[Any]) -> Event:
    """The event of a change, vouching for the row as it stands after it."""
    return vouching(replace(event, subject=row.digest), vouched(table, row._mapping))


def _entry(connection: Connection, digest: str) -> Entry | None:
    row = connection.execute(_ENTRY, {"wanted": digest}).first()
    return None if row is None else read_entry(row)


def _now() -> datetime:
    return datetime.now(UTC)
