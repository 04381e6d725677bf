"""The audit log is an append-only hash chain in SQL that remembers every step.

The head (last number and hash) of the chain stands in a table of its own. From time to time it is signed (see
:mod:`.head_store`), so that a chain that was cut off or written anew is found out too.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Engine, Select, Table, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from ..domain.canonical import canonicalize
from ..errors import BadInput, Tampered
from ..storage.database import begin_read, begin_snapshot, begin_write
from .chain import GENESIS as GENESIS
from .chain import HASHED_FIELDS as HASHED_FIELDS
from .chain import AuditEvent as AuditEvent
from .chain import AuditRecord as AuditRecord
from .chain import audit_head, check_link, read_chain_end, read_checked_end
from .chain import audit_log as audit_log
from .chain import hash_record as hash_record
from .chain import verify_chain as verify_chain
from .head_store import SignedHeadStore
from .row_seals import RowKey, check_row, check_tables, collect_seals, find_last_seals, parse_seals, read_row
from .signed_head import SignedHead

# Made once: making a statement costs more than running it.
_OTHER_HEADS = select(audit_head.c.id).where(audit_head.c.id != 1)
_ADD = insert(audit_log)
_BEFORE = audit_log.alias("before")
_ABOUT = (
    select(audit_log, _BEFORE.c.hash.label("previous"))
    .outerjoin(_BEFORE, _BEFORE.c.seq == audit_log.c.seq - 1)
    .where(audit_log.c.subject == bindparam("wanted"))
    .order_by(audit_log.c.seq)
)
_FIRST = insert(audit_head).values(id=1, seq=bindparam("new_seq"), hash=bindparam("new_hash"), signed=0)
_MOVE = update(audit_head).where(audit_head.c.id == 1).values(seq=bindparam("new_seq"), hash=bindparam("new_hash"))


class AuditLog:
    """The log in one database.

    Args:
        engine: from :func:`countersign.policies.storage.database.open_database`, its schema up to date.
        heads: of this log, in the same database. Without them a log that was cut off at its end looks whole.
    """

    def __init__(self, engine: Engine, heads: SignedHeadStore | None = None) -> None:
        self._engine = engine
        self._heads = heads
        self._guarded: dict[str, Table] = {}

    def append(self, *events: AuditEvent, durable: bool = False) -> None:
        """Adds events in one commit.

        Raises:
            StorageError: they could not be written; whatever depends on them must not run.
        """
        with begin_write(self._engine, durable=durable) as connection:
            self.append_in(connection, *events)

    def append_in(self, connection: Connection, *events: AuditEvent) -> None:
        """Adds events to the caller's transaction, so that an effect and its record stand or fall together.

        Args:
            connection: from :func:`countersign.policies.storage.database.begin_write`, which makes writers queue.

        Raises:
            Tampered: the end of the log was changed.
            StorageError: the head cannot be signed although it is due.
        """
        last = read_checked_end(connection)
        seq, previous = last or (0, GENESIS)
        at = datetime.now(UTC).isoformat(timespec="microseconds")
        rows = []
        for event in events:
            seq += 1
            row = {
                "seq": seq,
                "at": at,
                "kind": event.kind,
                "tenant": event.tenant,
                "thread": event.thread,
                "run": event.run,
                "actor": event.actor,
                "subject": event.subject,
                "body": canonicalize(event.body),
            }
            previous = row["hash"] = hash_record(previous, row)
            rows.append(row)
        if not rows:
            return
        try:
            connection.execute(_ADD, rows if len(rows) > 1 else rows[0])
        except IntegrityError as error:
            raise Tampered(
                f"The audit log holds record {rows[0]['seq']} already, which its head does not know of: one of them "
                "was changed. Nothing can be recorded, so nothing runs; restore the database from a backup."
            ) from error
        connection.execute(_MOVE if last else _FIRST, {"new_seq": seq, "new_hash": previous})
        if self._heads is not None and self._heads.is_due(seq - len(rows) + 1, seq, (event.kind for event in events)):
            self._heads.sign_head_in(connection, seq, previous, at)

    def records(
        self,
        *,
        tenant: str | None = None,
        thread: str | None = None,
        run: str | None = None,
        kind: str | tuple[str, ...] | None = None,
        since: datetime | None = None,
    ) -> Iterator[AuditRecord]:
        """The records that match, oldest first.

        Args:
            kind: one kind, or several.
        """
        query = select(audit_log).order_by(audit_log.c.seq)
        for column, wanted in ((audit_log.c.tenant, tenant), (audit_log.c.thread, thread), (audit_log.c.run, run)):
            if wanted is not None:
                query = query.where(column == wanted)
        if kind is not None:
            query = query.where(audit_log.c.kind.in_((kind,) if isinstance(kind, str) else kind))
        if since is not None:
            query = query.where(audit_log.c.at >= since.astimezone(UTC).isoformat(timespec="microseconds"))
        with begin_read(self._engine, streaming=True) as connection:
            yield from _stream(connection, query)

    def records_about(self, subject: str, connection: Connection | None = None) -> list[AuditRecord]:
        """The records about a subject, oldest first, each checked against its own hash and the record before it.

        Args:
            connection: to read in the caller's transaction.

        Raises:
            Tampered: one of them, or the record before it, was changed or removed.
        """
        if connection is None:
            with begin_read(self._engine) as connection:
                return self.records_about(subject, connection)
        found = []
        for row in connection.execute(_ABOUT, {"wanted": subject}):
            fields = dict(row._mapping)
            previous = fields.pop("previous")
            if previous is None and row.seq != 1:
                raise Tampered(f"Audit record {row.seq - 1} is missing; the log was changed.")
            record = AuditRecord(**fields)
            check_link(previous or GENESIS, record)
            found.append(record)
        return found

    def check_rows(self, subject: str, *wanted: tuple[Table, str]) -> list[AuditRecord]:
        """The records about a subject, after rows were compared with what these say of them.

        Args:
            wanted: tables of the same database with the keys of rows that are about this subject.

        Raises:
            Tampered: a record or a row was changed or removed, or a row is there that no record speaks of.
        """
        try:
            with begin_read(self._engine) as connection:
                return self.check_rows_in(connection, subject, *wanted)
        except Tampered:
            # A row may have changed between two reads; one moment tells.
            with begin_snapshot(self._engine) as connection:
                return self.check_rows_in(connection, subject, *wanted)

    def check_row_in(self, connection: Connection, subject: str, table: Table) -> None:
        """Checks the row whose key is this subject, in the caller's transaction, cheaply: one query, no hashes.

        Raises:
            Tampered: as for :meth:`check_rows`.
        """
        row = connection.execute(_select_with_newest(table), {"wanted": subject}).first()
        told = {} if row is None else parse_seals(row.told)
        if row is not None and (table.name, (subject,)) in told:
            fields = dict(row._mapping)
            del fields["told"]
            check_row(told, table, fields, subject)
        else:  # the newest record speaks of something else
            self.check_rows_in(connection, subject, (table, subject))

    def check_rows_in(self, connection: Connection, subject: str, *wanted: tuple[Table, str]) -> list[AuditRecord]:
        """The same in the caller's transaction, in which nobody else can change the rows."""
        records = self.records_about(subject, connection)
        seals = find_last_seals(records)
        for table, key in wanted:
            check_row(seals, table, read_row(connection, table, key), key)
        return records

    def find_last(self, kind: str, *, tenant: str, connection: Connection | None = None) -> AuditRecord | None:
        """The newest record of a kind.

        Args:
            connection: to read in the caller's transaction.
        """
        if connection is None:
            with begin_read(self._engine) as connection:
                return self.find_last(kind, tenant=tenant, connection=connection)
        query = (
            select(audit_log)
            .where(audit_log.c.kind == kind, audit_log.c.tenant == tenant)
            .order_by(audit_log.c.seq.desc())
            .limit(1)
        )
        row = connection.execute(query).first()
        return None if row is None else AuditRecord(**row._mapping)

    def sign_head(self) -> None:
        """Signs the head of the log as it stands and keeps a copy of it; for the end of a session.

        Raises:
            StorageError: it cannot be signed or kept.
            Tampered: the end of the log was changed.
        """
        if self._heads is None:
            return
        with begin_read(self._engine) as connection:
            last, kept = read_chain_end(connection), self._heads.read_copy()
        if last is None or (kept is not None and kept.seq >= last[0]):
            return
        with begin_write(self._engine, durable=True) as connection:
            seq, hash_ = read_checked_end(connection) or (0, GENESIS)
            # Written again, so that this commit also brings those before it to disk: no copy may be ahead of the log.
            connection.execute(_MOVE, {"new_seq": seq, "new_hash": hash_})
            self._heads.sign_head_in(connection, seq, hash_, datetime.now(UTC).isoformat(timespec="microseconds"))
        self._heads.update_copy()

    def guard_tables(self, *tables: Table) -> None:
        """From now on :meth:`verify` also compares these tables with what the log vouches for."""
        self._guarded |= {table.name: table for table in tables}

    def verify(self, *copies: SignedHead) -> int:
        """Walks the whole chain, and compares it with all signed heads and with the rows it vouches for.

        Everything is read as of one moment, so a log that grows meanwhile is as good as one that rests.

        Args:
            copies: signed heads that were kept elsewhere.

        Returns:
            How many records stand in it.

        Raises:
            Tampered: naming the first record that does not fit, or the rows.
            BadInput: copies of heads were given, but this log has no keys to check them with.
        """
        if copies and self._heads is None:
            raise BadInput("Without the installation's keys no signed head can be checked.")
        seals: dict[RowKey, str] = {}
        with begin_snapshot(self._engine) as connection:
            end = read_chain_end(connection) or (0, GENESIS)
            if connection.execute(_OTHER_HEADS).first() is not None:
                raise Tampered("The audit log has more than one head; one was put there by hand.")
            records = collect_seals(_stream(connection, select(audit_log).order_by(audit_log.c.seq)), seals)
            if self._heads is not None:
                records = self._heads.compare_records(connection, records, *copies)
            walked = verify_chain(records, end)
            if walked > end[0]:
                raise Tampered(
                    f"The head of the audit log stands at record {end[0]}, but the log holds {walked}; it was set back."
                )
            check_tables(connection, seals, self._guarded.values())
        return walked


def _stream(connection: Connection, query: Select[Any]) -> Iterator[AuditRecord]:
    with connection.execution_options(yield_per=500).execute(query) as rows:
        for row in rows:
            yield AuditRecord(**row._mapping)


@lru_cache
def _select_with_newest(table: Table) -> Select[Any]:
    (key,) = table.primary_key
    newest = (
        select(audit_log.c.body)
        .where(audit_log.c.subject == bindparam("wanted"))
        .order_by(audit_log.c.seq.desc())
        .limit(1)
    )
    return select(table, newest.scalar_subquery().label("told")).where(key == bindparam("wanted"))
