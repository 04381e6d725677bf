"""The row store reads and writes rows: one transaction for the row, its lexical entry and its tombstone."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Engine, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from ...policies.errors import StorageError
from ...policies.storage.database import begin_read, begin_write, overwrite_deleted
from .fulltext import Lexicon
from .retention import MUST_LOG, make_must_stay_error
from .rows import (
    Draft,
    EmbedderMismatch,
    MemoryRow,
    MemoryState,
    Vectors,
    build_row_embedding,
    build_row_values,
    build_tombstone,
    check_places,
    parse_memory_row,
)
from .scope import Namespace, Scope, decode_namespace, encode_namespace
from .tables import documents, rows, state, subjects, tombstones
from .timestamps import count_micros

IDS_PER_QUERY = 500
_STATE = select(*state.c["seq", "embedder", "generation", "reindexing"])


class RowStore:
    """The table of rows, for one embedder.

    Args:
        engine: the database.
        lexicon: keeps the lexical entries, in the row's own transaction.
        embedder: the embedder's name.
        dimensions: the length of its vectors.
    """

    def __init__(self, engine: Engine, lexicon: Lexicon, embedder: str, dimensions: int) -> None:
        self.engine = engine
        self.lexicon = lexicon
        self.embedder = embedder
        self.dimensions = dimensions

    def begin(self) -> MemoryState:
        """Records the embedder at first use, and checks it ever after.

        Raises:
            EmbedderMismatch: the rows were made with another embedder.
        """
        with begin_read(self.engine) as connection:
            found = _state(connection)
        if found is None:
            try:
                with begin_write(self.engine) as connection:
                    connection.execute(
                        insert(state).values(id=1, seq=0, embedder=self.embedder, generation=1, reindexing=False)
                    )
            except (StorageError, IntegrityError):
                with begin_read(self.engine) as connection:
                    if _state(connection) is None:
                        raise
                # Another process was first; what it wrote is checked below.
        return self.state()

    def state(self) -> MemoryState:
        """Where memory stands now.

        Raises:
            EmbedderMismatch: another process re-embedded everything with another model, or stopped half way.
        """
        with begin_read(self.engine) as connection:
            return self._check_state(_state(connection))

    def put(self, drafts: Sequence[Draft], now: datetime) -> list[str]:
        """Writes drafts in one transaction; a row with the same tenant, namespace and key is replaced.

        Returns:
            The rows' ids, in order.
        """
        if not drafts:
            return []
        check_places(drafts)
        with begin_write(self.engine) as connection:
            last = self._advance(connection, len(drafts))
            return [self._put(connection, draft, last - len(drafts) + 1 + at, now) for at, draft in enumerate(drafts)]

    def apply(self, drafts: Sequence[Draft], gone: Sequence[tuple[str, Namespace, str]], now: datetime) -> None:
        """Writes drafts and deletes ``(tenant, namespace, key)`` places, all or nothing."""
        if not drafts and not gone:
            return
        check_places(drafts)
        with begin_write(self.engine) as connection:
            last = self._advance(connection, len(drafts) + len(gone))
            for at, draft in enumerate(drafts):
                self._put(connection, draft, last - at, now)
            for at, (tenant, namespace, key) in enumerate(gone):
                where = _match_place(tenant, namespace, key)
                if connection.scalar(select(rows.c.n).where(where, rows.c.retention == MUST_LOG)):
                    raise make_must_stay_error(key)
                self._delete(connection, [where], last - len(drafts) - at)

    def get(self, tenant: str, namespace: Namespace, key: str, scope: Scope) -> MemoryRow | None:
        """The row at one place, if the scope admits it."""
        with begin_read(self.engine) as connection:
            query = select(rows).where(_match_place(tenant, namespace, key), *scope.conditions())
            found = connection.execute(query).mappings().first()
        return parse_memory_row(found, self.embedder) if found else None

    def fetch(self, ids: Sequence[str], scope: Scope) -> dict[str, MemoryRow]:
        """The rows with these ids that the scope admits, by id."""
        found: dict[str, MemoryRow] = {}
        with begin_read(self.engine) as connection:
            for start in range(0, len(ids), IDS_PER_QUERY):
                some = ids[start : start + IDS_PER_QUERY]
                asked = {"ids": some, "now": count_micros(scope.now)}
                for got in connection.execute(scope.select_by_ids(), asked).mappings():
                    found[got["id"]] = parse_memory_row(got, self.embedder)
        return found

    def find_admitted(self, ids: Sequence[str], scope: Scope) -> set[str]:
        """Which of these ids are of rows that the scope admits; cheaper than to fetch them."""
        found: set[str] = set()
        with begin_read(self.engine) as connection:
            for start in range(0, len(ids), IDS_PER_QUERY):
                some = ids[start : start + IDS_PER_QUERY]
                found |= set(
                    connection.scalars(select(rows.c.id).where(rows.c.id.in_(some), *scope.conditions(by_id=True)))
                )
        return found

    def find_present(self, ids: Iterable[str]) -> set[str]:
        """Which of these rows exist, whoever may see them."""
        wanted, found = list(ids), set[str]()
        with begin_read(self.engine) as connection:
            for start in range(0, len(wanted), IDS_PER_QUERY):
                some = wanted[start : start + IDS_PER_QUERY]
                found |= set(connection.scalars(select(rows.c.id).where(rows.c.id.in_(some))))
        return found

    def scan(
        self, scope: Scope, *more: ColumnElement[bool], limit: int | None = None, offset: int = 0
    ) -> list[MemoryRow]:
        """Every row that the scope admits, oldest first."""
        query = select(rows).where(*scope.conditions(), *more).order_by(rows.c.n).limit(limit).offset(offset or None)
        with begin_read(self.engine) as connection:
            return [parse_memory_row(found, self.embedder) for found in connection.execute(query).mappings()]

    def scan_tenant(self, tenant: str, *more: ColumnElement[bool]) -> list[MemoryRow]:
        """Rows of a tenant whoever may see them, oldest first; for those who may ask for that."""
        query = select(rows).where(rows.c.tenant == tenant, *more).order_by(rows.c.n)
        with begin_read(self.engine) as connection:
            return [parse_memory_row(found, self.embedder) for found in connection.execute(query).mappings()]

    def namespaces(self, scope: Scope) -> list[Namespace]:
        """Every namespace that the scope admits, once, sorted."""
        query = select(rows.c.namespace).where(*scope.conditions()).distinct()
        with begin_read(self.engine) as connection:
            return sorted(decode_namespace(found) for found in connection.scalars(query))

    def search_words(self, scope: Scope, query: str, limit: int) -> list[str]:
        """Ids of the rows that match the query's words best."""
        with begin_read(self.engine) as connection:
            return self.lexicon.search(connection, scope.tenant, query, scope.conditions(), limit)

    def delete(self, *where: ColumnElement[bool], trace: bool = False) -> int:
        """Deletes rows and returns how many; without ``trace``, their bytes are overwritten too (slower).

        The write-ahead log has them still; :func:`...policies.storage.database.empty_log` when all is deleted.
        """
        with begin_write(self.engine) as connection:
            if not trace:
                overwrite_deleted(connection)
            gone = self._delete(connection, where, self._advance(connection, 1))
            if gone and not trace:
                self.lexicon.compact(connection)
        return gone

    def document_digest(self, tenant: str, source: str) -> str | None:
        """The digest of the version of a document that is loaded."""
        query = select(documents.c.digest).where(documents.c.tenant == tenant, documents.c.source == source)
        with begin_read(self.engine) as connection:
            return connection.scalar(query)

    def set_document(self, tenant: str, source: str, digest: str | None) -> None:
        """Records which version of a document is loaded; ``None`` for no longer any."""
        with begin_write(self.engine) as connection:
            connection.execute(delete(documents).where(documents.c.tenant == tenant, documents.c.source == source))
            if digest is not None:
                connection.execute(insert(documents).values(tenant=tenant, source=source, digest=digest))

    def touch(self, ids: Iterable[str], now: datetime) -> None:
        """Starts the time to live of these rows again."""
        with begin_write(self.engine) as connection:
            for row_id in ids:
                minutes = func.cast(rows.c.ttl_minutes * 60_000_000, rows.c.expires_at.type)
                query = update(rows).where(rows.c.id == row_id, rows.c.ttl_minutes.is_not(None))
                connection.execute(query.values(expires_at=minutes + count_micros(now)))

    def set_vectors(self, made: Mapping[str, tuple[int, Vectors]]) -> None:
        """Gives rows their vectors: ``id -> (seq when its text was read, vectors)``; rows changed since are left.

        Raises:
            EmbedderMismatch: meanwhile another process began to use another embedder.
        """
        with begin_write(self.engine) as connection:
            last = self._advance(connection, len(made), whole=False)
            for at, (row_id, (seq, vectors)) in enumerate(made.items()):
                where = (rows.c.id == row_id, rows.c.seq == seq)
                old = connection.execute(select(*rows.c["tenant", "vectors"]).where(*where)).first()
                if old is None:
                    continue
                if old[1]:
                    connection.execute(
                        insert(tombstones).values(build_tombstone(last - at, old[0], row_id, seq, old[1]))
                    )
                values = {"seq": last - at, "pending": False, "embedder": self.embedder} | build_row_embedding(vectors)
                connection.execute(update(rows).where(*where).values(values))

    def _advance(self, connection: Connection, count: int, *, whole: bool = True) -> int:
        connection.execute(update(state).values(seq=state.c.seq + count))
        return self._check_state(_state(connection), whole=whole).seq

    def _check_state(self, found: MemoryState | None, *, whole: bool = True) -> MemoryState:
        if found is None:
            raise StorageError("Memory's tables are incomplete. Open memory again, or restore the database.")
        if found.embedder != self.embedder or (whole and found.reindexing):
            what = (
                f"is being re-embedded with {found.embedder!r}, or that was interrupted"
                if found.reindexing
                else f"was made with the embedding model {found.embedder!r}, but {self.embedder!r} is in use"
            )
            raise EmbedderMismatch(
                f"Memory {what}. Use the embedding model that you want to keep and run `countersign memory reindex`."
            )
        return found

    def _put(self, connection: Connection, draft: Draft, seq: int, now: datetime) -> str:
        where = _match_place(draft.tenant, draft.namespace, draft.key)
        old = connection.execute(
            select(*rows.c["n", "id", "seq", "vectors", "retention", "text", "value"]).where(where)
        ).first()
        if old is not None and old.retention == MUST_LOG:
            # What is remembered again may carry another moment in its value; what a store puts is all in it.
            if old.text and old.text == draft.text and (draft.kind or json.loads(old.value) == draft.value):
                return str(old.id)
            raise make_must_stay_error(draft.key)
        values = build_row_values(draft, self.embedder) | {"seq": seq, "updated_at": count_micros(now)}
        if old is None:
            row_id = uuid4().hex
            values |= {"id": row_id, "created_at": count_micros(now)}
            n = connection.execute(insert(rows).values(values)).inserted_primary_key[0]  # type: ignore[index]
        else:
            n, row_id = old[0], old[1]
            if old[3]:
                connection.execute(
                    insert(tombstones).values(build_tombstone(seq, draft.tenant, row_id, old[2], old[3]))
                )
            connection.execute(update(rows).where(rows.c.n == n).values(values))
            connection.execute(delete(subjects).where(subjects.c.row_id == row_id))
            self.lexicon.drop(connection, [n])
        if draft.subjects:
            names = [{"row_id": row_id, "subject": subject} for subject in sorted(set(draft.subjects))]
            connection.execute(insert(subjects), names)
        if draft.text:
            self.lexicon.put(connection, n, draft.tenant, draft.text)
        return str(row_id)

    def _delete(self, connection: Connection, where: Sequence[ColumnElement[bool]], seq: int) -> int:
        found = connection.execute(select(*rows.c["n", "id", "seq", "tenant", "vectors"]).where(*where)).all()
        dead = [build_tombstone(seq, got.tenant, got.id, got.seq, got.vectors) for got in found if got.vectors]
        if dead:
            connection.execute(insert(tombstones), dead)
        for start in range(0, len(found), IDS_PER_QUERY):
            some = found[start : start + IDS_PER_QUERY]
            self.lexicon.drop(connection, [got.n for got in some])
            connection.execute(delete(subjects).where(subjects.c.row_id.in_([got.id for got in some])))
            connection.execute(delete(rows).where(rows.c.n.in_([got.n for got in some])))
        return len(found)


def _match_place(tenant: str, namespace: Namespace, key: str) -> ColumnElement[bool]:
    return (rows.c.tenant == tenant) & (rows.c.namespace == encode_namespace(namespace)) & (rows.c.key == key)


def _state(connection: Connection) -> MemoryState | None:
    found = connection.execute(_STATE).first()
    return MemoryState(*found) if found else None
