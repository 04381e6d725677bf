"""Erasure deletes for good: a person, a source, what has expired."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, not_, or_, select

from ...policies.errors import BadInput
from ...policies.storage.database import begin_read
from ..records.items import CORRECTION, HANDBOOK, NOTE, OUTCOME
from ..records.retention import MUST_LOG
from ..records.row_store import IDS_PER_QUERY, RowStore
from ..records.scope import decode_namespace, hash_name, is_storable
from ..records.tables import rows, subjects
from ..records.timestamps import count_micros
from .mentions import iterate_texts, mentions_subject

PERSONAL_KINDS = ("", NOTE, OUTCOME, CORRECTION)
# The company's own word: loaded from its records, or a handbook for which a policy owner answers.
_COMPANY_ROWS = and_(or_(rows.c.author == "", rows.c.kind == HANDBOOK), rows.c.kind.not_in(PERSONAL_KINDS))

ErasureListener = Callable[[frozenset[str], frozenset[str]], object]
"""Hears ids and sources, as a receipt has them."""


def ignore_erasure(_ids: frozenset[str], _sources: frozenset[str]) -> None:
    """Told, and does nothing."""


@dataclass(frozen=True, slots=True)
class ErasureReceipt:
    """Proof of an erasure, without saying again what was erased.

    Attributes:
        subject: a hash of who or what was to be erased.
        erased: how many rows are gone, with their words and vectors.
        kept: how many rows stayed because they must be logged.
        ids: of the erased rows.
        ours: how many pieces of the company's own documents mention the person, and stayed as they are its records.
        sources: of the erased rows, without sections.
        traces: whether files of Chroma's may hold numbers of the tenant's erased vectors still: a server's until
            ``chroma vacuum``, a folder's that another process has open until that ends and all is indexed again.
    """

    subject: str
    erased: int
    kept: int
    ids: frozenset[str] = field(default=frozenset(), repr=False)
    ours: int = 0
    sources: frozenset[str] = field(default=frozenset(), repr=False)
    traces: bool = False


class SubjectRow(NamedTuple):
    """A row about a person: id, retention class, whether it is the company's own and only mentions them, and source."""

    id: str
    retention: str
    ours: bool
    source: str


def find_about_subject(store: RowStore, tenant: str, subject: str, *, own: bool = False) -> list[SubjectRow]:
    """What a tenant's memory holds about a person.

    That is what names the person as a subject, what the person wrote or alone can see, and all that mentions the id.

    Args:
        own: only what the person brought, or alone can see: not what others noted, nor what people decided.

    Raises:
        BadInput: no person is named.
    """
    subject = subject.strip()
    if not subject:
        raise BadInput("Nobody is named. Give the id of the person.")
    if not is_storable(subject):
        raise BadInput("The id has characters that cannot be stored, so nothing is about it. Check it.")
    named = select(subjects.c.row_id).where(subjects.c.subject == subject)
    private = rows.c.visibility == f"user:{subject}"
    theirs = or_(rows.c.id.in_(named), rows.c.author == subject, private)
    if own:  # what has a thread was written by the assistant in their name
        theirs = or_(private, and_(rows.c.author == subject, rows.c.thread == ""))
    # Every text is read: no condition of a database knows all ways in which one name is written.
    ours = and_(_COMPANY_ROWS, not_(theirs))
    wanted = rows.c["id", "retention", "kind", "text", "value", "key", "namespace", "source"]
    query = select(*wanted, theirs.label("theirs"), ours.label("ours")).where(
        rows.c.tenant == tenant, *([theirs] if own else ())
    )
    with begin_read(store.engine, streaming=True) as connection:
        found = connection.execution_options(yield_per=IDS_PER_QUERY).execute(query)
        return [
            SubjectRow(got.id, got.retention, bool(got.ours), got.source)
            for got in found
            if got.theirs or _mentions(got, subject)
        ]


def _mentions(row: Any, subject: str) -> bool:
    # People write ids in any case, systems in one: free text is read without case, ids in fields with it ("Ann" is not
    # "ann"). What a LangGraph store put has the person in its key or its namespace, too.
    if mentions_subject(subject, row.text, cased=False) or any(
        mentions_subject(subject, text) for text in iterate_texts(json.loads(row.value))
    ):
        return True
    return not row.kind and any(mentions_subject(subject, text) for text in (row.key, *decode_namespace(row.namespace)))


def forget_subject(
    store: RowStore, tenant: str, subject: str, *, own: bool = False, told: ErasureListener = ignore_erasure
) -> ErasureReceipt:
    """Erases a person from one tenant, or with ``own`` only what the person brought.

    Args:
        told: hears what will be erased before anything is.

    Raises:
        BadInput: no person is named.
    """
    subject = subject.strip()
    found = find_about_subject(store, tenant, subject, own=own)
    theirs = [row for row in found if not row.ours]
    gone = [row.id for row in theirs if row.retention != MUST_LOG]
    sources = frozenset(row.source.partition("#")[0] for row in theirs if row.retention != MUST_LOG and row.source)
    told(frozenset(gone), sources)
    erased = sum(
        store.delete(rows.c.tenant == tenant, rows.c.id.in_(gone[start : start + IDS_PER_QUERY]))
        for start in range(0, len(gone), IDS_PER_QUERY)
    )
    return ErasureReceipt(
        hash_name(subject), erased, len(theirs) - len(gone), frozenset(gone), len(found) - len(theirs), sources
    )


def forget_source(
    store: RowStore, tenant: str, source: str, *, told: ErasureListener = ignore_erasure
) -> ErasureReceipt:
    """Erases what came from one source and its sections, in one tenant.

    A file that somebody brought may be brought again. What was loaded from the company's own records stays away until
    its text changes there, or the next opening would bring the same words back.

    Args:
        told: hears what will be erased before anything is.

    Raises:
        BadInput: no source is named.
    """
    if not source.strip():
        raise BadInput("No source is named. Give the one to purge, for example a document's id.")
    if not is_storable(source):
        raise BadInput("The source has characters that cannot be stored, so nothing is from it. Check it.")
    mine: tuple[ColumnElement[bool], ...] = (rows.c.tenant == tenant, make_source_condition(source))
    with begin_read(store.engine) as connection:
        kept = connection.scalar(select(func.count()).where(*mine, rows.c.retention == MUST_LOG)) or 0
        gone = frozenset(connection.scalars(select(rows.c.id).where(*mine, rows.c.retention != MUST_LOG)))
        brought = connection.scalar(select(func.count()).where(*mine, rows.c.author != ""))
    sources = frozenset((source.partition("#")[0],) if gone else ())
    told(gone, sources)
    if brought:
        store.set_document(tenant, source, None)
    erased = store.delete(*mine, rows.c.retention != MUST_LOG)
    return ErasureReceipt(hash_name(source), erased, kept, gone, sources=sources)


def sweep_expired(store: RowStore, now: datetime, tenant: str | None = None) -> int:
    """Deletes what has expired, in one tenant or in every; returns how many rows."""
    over = [rows.c.expires_at <= count_micros(now), rows.c.retention != MUST_LOG]
    if tenant is not None:
        over.append(rows.c.tenant == tenant)
    with begin_read(store.engine) as connection:
        if not connection.scalar(select(func.count()).where(*over)):
            return 0
    return store.delete(*over, trace=True)


def make_source_condition(source: str) -> ColumnElement[bool]:
    """Rows of one source: itself or ``source#section``, whole names only."""
    part = f"{source}#"
    return or_(rows.c.source == source, func.substr(rows.c.source, 1, len(part)) == part)
