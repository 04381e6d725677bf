"""The ledger lets each side effect happen once: a grant runs once, and every replay gets the recorded result.

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

from ...policies.audit.log import AuditEvent, AuditLog
from ...policies.audit.row_seals import add_row_seals, make_row_seal
from ...policies.domain.canonical import canonicalize
from ...policies.domain.proposal import Proposal
from ...policies.errors import Tampered
from ...policies.storage.database import begin_read, begin_write
from ...policies.storage.process import get_worker
from .audit_events import make_call_event
from .entry import EffectState as EffectState
from .entry import LedgerEntry as LedgerEntry
from .entry import metadata as metadata
from .entry import read_entry, read_sound_entries
from .entry import table as table
from .history_index import HistoryIndex, uncount_effect

# Made once: making a statement costs more than running it.
_ENTRY = select(table).where(table.c.digest == bindparam("wanted"))
_TWIN = select(table).where(
    table.c.run == bindparam("of_run"),
    table.c.thread == bindparam("of_thread"),
    table.c.tenant == bindparam("of_tenant"),
    table.c.tool == bindparam("of_tool"),
    table.c.arguments == bindparam("with_arguments"),
    table.c.digest != bindparam("wanted"),
    table.c.state.in_([EffectState.STARTED, EffectState.IN_DOUBT, EffectState.SUCCEEDED]),
)
_INTEND = insert(table).returning(*table.c)
_START = (
    update(table)
    .where(table.c.digest == bindparam("wanted"), table.c.state == bindparam("before"))
    .values(
        state=EffectState.STARTED,
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
        or_(table.c.state == EffectState.STARTED, table.c.state == EffectState.IN_DOUBT),
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


def make_idempotency_key(digest: str) -> str:
    """The idempotency key passed to the system for the effect with this digest."""
    return f"cs-{digest[:40]}"


class Ledger:
    """The ledger in one database.

    Args:
        engine: the database, its schema up to date.
        audit: in the same database, so that an effect and its record stand or fall together.
    """

    def __init__(self, engine: Engine, audit: AuditLog) -> None:
        self._engine = engine
        self._audit = audit
        audit.guard_tables(table)
        self.histories = HistoryIndex(engine, audit)

    def get(self, digest: str) -> LedgerEntry | None:
        """The entry for a digest."""
        with begin_read(self._engine) as connection:
            return _find_entry(connection, digest)

    def twin(self, proposal: Proposal) -> LedgerEntry | None:
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
        with begin_read(self._engine) as connection:
            rows = connection.execute(_TWIN, {"wanted": proposal.digest, **call}).all()
        return next(iter(read_sound_entries(rows)), None)

    def list_in_doubt(self) -> list[LedgerEntry]:
        """The effects of which nobody knows whether they happened, oldest first."""
        return self._in_state(EffectState.IN_DOUBT)

    def list_started(self) -> list[LedgerEntry]:
        """The effects that were begun and have not ended, oldest first."""
        return self._in_state(EffectState.STARTED)

    def _in_state(self, state: EffectState) -> list[LedgerEntry]:
        query = select(table).where(table.c.state == state).order_by(table.c.intended_at)
        with begin_read(self._engine) as connection:
            return read_sound_entries(connection.execute(query).all())

    def find(
        self, tenant: str, *, user_id: str = "", state: EffectState | None = None, last: int | None = None
    ) -> list[LedgerEntry]:
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
        with begin_read(self._engine) as connection:
            return read_sound_entries(connection.execute(query).all())

    def intend(self, proposal: Proposal, *events: AuditEvent, at: datetime | None = None) -> None:
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
            "state": EffectState.INTENDED,
            "attempts": 0,
            "intended_at": (at or _now()).isoformat(),
        }
        try:
            with begin_write(self._engine) as connection:
                intended = connection.execute(_INTEND, row).one()
                *others, told = events or (make_call_event("effect.intended", proposal, {}),)
                self._audit.append_in(connection, *others, _vouch_for(told, intended))
        except IntegrityError:  # it was intended before, here or by another process
            self._audit.append(*events)

    def start(
        self,
        digest: str,
        grant_ref: str,
        lease: timedelta,
        event: AuditEvent,
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
            "before": EffectState.IN_DOUBT if again else EffectState.INTENDED,
            "by_grant": grant_ref,
            "by_worker": get_worker(),
            "until": (now + lease).isoformat(),
            "moment": now.isoformat(),
        }
        with begin_write(self._engine, durable=True) as connection:
            self._audit.check_row_in(connection, digest, table)
            won = connection.execute(_START, claim).first()
            if won is not None:
                more = within(connection) if within else []
                self._audit.append_in(connection, add_row_seals(_vouch_for(event, won), *more))
        return won is not None

    def finish(
        self,
        digest: str,
        state: EffectState,
        event: AuditEvent,
        *,
        result: Any = None,
        message: str = "",
        settled_by: str = "",
    ) -> LedgerEntry | None:
        """Records how a started effect ended; nothing when it had already been settled.

        An entry that was changed behind the log's back gets its end as well, but the log does not vouch for it.
        """
        ended = {
            "wanted": digest,
            "after": state,
            "found": None if result is None else canonicalize(result),
            "words": message,
            "by": settled_by or None,
            "moment": _now().isoformat(),
        }
        with begin_write(self._engine, durable=True) as connection:
            sound = self._sound(connection, digest)
            done = connection.execute(_FINISH, ended).first()
            if done is not None:
                told = _vouch_for(event, done) if sound else replace(event, subject=digest)
                more = uncount_effect(connection, digest) if state is EffectState.FAILED else []
                self._audit.append_in(connection, add_row_seals(told, *more))
        return None if done is None else read_entry(done)

    def _sound(self, connection: Connection, digest: str) -> bool:
        try:
            self._audit.check_row_in(connection, digest, table)
        except Tampered:
            return False
        return True


def _vouch_for(event: AuditEvent, row: Row[Any]) -> AuditEvent:
    """The event of a change, vouching for the row as it stands after it."""
    return add_row_seals(replace(event, subject=row.digest), make_row_seal(table, row._mapping))


def _find_entry(connection: Connection, digest: str) -> LedgerEntry | None:
    row = connection.execute(_ENTRY, {"wanted": digest}).first()
    return None if row is None else read_entry(row)


def _now() -> datetime:
    return datetime.now(UTC)
