"""Deleting for good: a person, a source, what has expired."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, true

from ..policies.database import reading
from ..policies.errors import BadInput
from .moments import micros
from .retention import MUST_LOG
from .rows import IDS_PER_QUERY, Rows
from .scope import opaque
from .tables import rows, subjects

PERSONAL_KINDS = ("", "note", "outcome", "correction")


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof of an erasure, without saying again what was erased.

    Attributes:
        subject: a hash of who or what was to be erased.
        erased: how many rows are gone, with their words and vectors.
        kept: how many rows stayed because they must be logged.
        ids: of the erased rows.
    """

    subject: str
    erased: int
    kept: int
    ids: frozenset[str] = field(default=frozenset(), repr=False)


def about_subject(store: Rows, tenant: str, subject: str) -> list[tuple[str, str]]:
    """What a tenant's memory holds about a person: ids and retention classes.

    That is what names the person as a subject, what the person wrote or alone can see, and notes, outcomes and
    corrections that mention the id.

    Raises:
        BadInput: no person is named.
    """
    if not subject.strip():
        raise BadInput("Nobody is named. Give the id of the person.")
    named = select(subjects.c.row_id).where(subjects.c.subject == subject)
    theirs = or_(rows.c.id.in_(named), rows.c.author == subject, rows.c.visibility == f"user:{subject}")
    # The database narrows down; the whole-word check is here, so that C-10 does not erase C-101. People write ids in
    # any case, systems in one: free text is read without case, ids in fields with it ("Ann" is not "ann").
    low = subject.lower()
    # SQLite lowers only ASCII; for other names every row is read.
    texts = (rows.c.text, rows.c.value, rows.c.key) if subject.isascii() else ()
    mentions = and_(
        rows.c.kind.in_(PERSONAL_KINDS),
        or_(*(func.lower(column).contains(low, autoescape=True) for column in texts)) if texts else true(),
    )
    query = select(*rows.c["id", "retention", "kind", "text", "value", "key"], theirs).where(
        rows.c.tenant == tenant, or_(theirs, mentions)
    )
    with reading(store.engine) as connection:
        return [
            (got.id, got.retention)
            for got in connection.execute(query)
            if got[6]
            or _names(low, got.text.lower())
            or _names(subject, got.value)
            or (not got.kind and _names(subject, got.key))
        ]


def forget_subject(store: Rows, tenant: str, subject: str) -> Receipt:
    """Erases a person from one tenant.

    Raises:
        BadInput: no person is named.
    """
    found = about_subject(store, tenant, subject)
    gone = [row_id for row_id, retention in found if retention != MUST_LOG]
    erased = sum(
        store.delete(rows.c.tenant == tenant, rows.c.id.in_(gone[start : start + IDS_PER_QUERY]))
        for start in range(0, len(gone), IDS_PER_QUERY)
    )
    return Receipt(opaque(subject), erased, len(found) - len(gone), frozenset(gone))


def _names(subject: str, text: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(subject)}(?![\w-])", text) is not None


def forget_source(store: Rows, tenant: str, source: str) -> Receipt:
    """Erases what came from one source and its sections, in one tenant.

    Raises:
        BadInput: no source is named.
    """
    if not source.strip():
        raise BadInput("No source is named. Give the one to purge, for example a document's id.")
    mine: tuple[ColumnElement[bool], ...] = (rows.c.tenant == tenant, of_source(source))
    with reading(store.engine) as connection:
        kept = connection.scalar(select(func.count()).where(*mine, rows.c.retention == MUST_LOG)) or 0
        gone = frozenset(connection.scalars(select(rows.c.id).where(*mine, rows.c.retention != MUST_LOG)))
    erased = store.delete(*mine, rows.c.retention != MUST_LOG)
    store.set_document(tenant, source, None)
    return Receipt(opaque(source), erased, kept, gone)


def sweep_expired(store: Rows, now: datetime, tenant: str | None = None) -> int:
    """Deletes what has expired, in one tenant or in every; returns how many rows."""
    over = [rows.c.expires_at <= micros(now), rows.c.retention != MUST_LOG]
    if tenant is not None:
        over.append(rows.c.tenant == tenant)
    with reading(store.engine) as connection:
        if not connection.scalar(select(func.count()).where(*over)):
            return 0
    return store.delete(*over, trace=True)


def of_source(source: str) -> ColumnElement[bool]:
    """Rows of one source: itself or ``source#section``, whole names only."""
    part = f"{source}#"
    return or_(rows.c.source == source, func.substr(rows.c.source, 1, len(part)) == part)
