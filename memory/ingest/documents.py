"""This module loads documents into memory: handbooks, precedents and others. Loading again costs one look."""

import hashlib
import json
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from ...policies.errors import BadInput
from ...policies.storage.database import begin_read
from ..governance.erasure import make_source_condition
from ..memory import Memory
from ..records.items import HANDBOOK, MEMORY_KINDS, ROOT_NAMESPACE
from ..records.rows import Draft
from ..records.scope import PROVENANCES, check_tenant, check_visibility, encode_namespace, is_storable
from ..records.tables import rows
from ..records.timestamps import utcnow
from .chunking import Chunk, Heading, chunk_document

EMBED_AT_ONCE = 32
VERSION = 3  # of the way in which a document becomes rows; a new one makes them anew
FORMER_VERSION = 2


@dataclass(frozen=True, slots=True)
class MemoryDocument:
    """One document.

    Attributes:
        source: its id, what a citation starts with, e.g. ``"support-handbook"``; its sections are ``source#section``.
        title: for people.
        text: Markdown or plain text.
        kind: a kind of memory, e.g. ``handbook``, ``precedent`` or ``document``.
        provenance: who vouches for it.
        visibility: who may see it.
        subjects: people that it is about.
        author: who loaded it, for what a person brings; only they replace it. Empty for the company's own.
        headings: where its sections begin, when the file's format says so (see :func:`.chunking.chunk_document`).
        pages: where each page begins, for what has pages.
    """

    source: str
    title: str
    text: str
    kind: str = HANDBOOK
    provenance: str = "trusted"
    visibility: str = "org"
    subjects: tuple[str, ...] = ()
    author: str = ""
    headings: tuple[Heading, ...] | None = None
    pages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What loading did, in pieces of documents; ``pending`` ones are found by words now, by meaning once embedded."""

    added: int
    unchanged: int
    removed: int
    pending: int
    seconds: float


def load_documents(
    memory: Memory, tenant: str, documents: Iterable[MemoryDocument], *, embed: bool = True, now: datetime | None = None
) -> LoadResult:
    """Brings documents into a tenant's memory; only sections whose text or place changed are embedded.

    Args:
        memory: where to.
        tenant: whose documents they are.
        embed: compute the vectors now; otherwise :func:`embed_pending` does later, and words find them at once.
        now: when this happens.

    Raises:
        BadInput: a document cannot be loaded; the ones before it are.
    """
    started = time.perf_counter()
    now = now or utcnow()
    check_tenant(tenant)
    added = unchanged = removed = 0
    for document in documents:
        counts = store_document(memory, tenant, document, now)
        added, unchanged, removed = added + counts[0], unchanged + counts[1], removed + counts[2]
    if embed:
        embed_pending(memory)
    return LoadResult(added, unchanged, removed, count_pending(memory), time.perf_counter() - started)


def embed_pending(
    memory: Memory, *, seconds: float | None = None, progress: Callable[[int], None] | None = None
) -> int:
    """Embeds rows that still wait for their vectors, in batches that each are safe once done.

    Args:
        seconds: stop after this long, or when nothing waits.
        progress: told how many are done so far.

    Returns:
        How many rows were embedded.
    """
    started, done = time.perf_counter(), 0
    while seconds is None or time.perf_counter() - started < seconds:
        query = select(*rows.c["id", "seq", "text"]).where(rows.c.pending).order_by(rows.c.n).limit(EMBED_AT_ONCE * 8)
        with begin_read(memory.rows.engine) as connection:
            # Equally long texts run fastest together.
            waiting = sorted(connection.execute(query), key=lambda found: len(found.text))
        if not waiting:
            break
        for start in range(0, len(waiting), EMBED_AT_ONCE):
            some = waiting[start : start + EMBED_AT_ONCE]
            vectors = memory.embedder.embed([found.text for found in some])
            memory.rows.set_vectors({found.id: (found.seq, vectors[at : at + 1]) for at, found in enumerate(some)})
            done += len(some)
            if progress:
                progress(done)
            if seconds is not None and time.perf_counter() - started >= seconds:
                break
    return done


def count_pending(memory: Memory) -> int:
    """How many rows wait for their vectors."""
    with begin_read(memory.rows.engine) as connection:
        return len(connection.execute(select(rows.c.n).where(rows.c.pending)).all())


def store_document(
    memory: Memory,
    tenant: str,
    document: MemoryDocument,
    now: datetime,
    digest: str = "",
    keep: Callable[[Draft], Draft] | None = None,
) -> tuple[int, int, int]:
    """Brings one document into a tenant's memory, without vectors; returns pieces added, unchanged and removed.

    Args:
        digest: what tells this version from others; default a hash of all that is kept of it.
        keep: what each piece becomes before it is kept, for example masked; it may refuse.
    """
    check_document(document)
    former, digest = _digest(document, FORMER_VERSION), digest or _digest(document, VERSION)
    pieces = cut_document(document)
    known = memory.rows.document_digest(tenant, document.source)
    if known == digest:
        return 0, len(pieces), 0
    namespace = (ROOT_NAMESPACE, document.kind)
    mine = (rows.c.tenant == tenant, rows.c.author == document.author, make_source_condition(document.source))
    with begin_read(memory.rows.engine) as connection:
        query = select(*rows.c["namespace", "key", "text", "value", "visibility", "provenance"]).where(*mine)
        old = {(found.namespace, found.key): found for found in connection.execute(query)}
    if known == former and not old:  # it was forgotten, and its text is the same
        memory.rows.set_document(tenant, document.source, digest)
        return 0, 0, 0
    drafts, unchanged = [], 0
    for draft in map(keep, build_drafts(tenant, document, pieces)) if keep else build_drafts(tenant, document, pieces):
        before = old.pop((encode_namespace(namespace), draft.key), None)
        same = before is not None and (before.text, before.visibility, before.provenance) == (
            draft.text,
            draft.visibility,
            draft.provenance,
        )
        if before is not None and same and json.loads(before.value) == draft.value:
            unchanged += 1
        else:
            drafts.append(draft)
    gone = [(tenant, tuple(json.loads(place)), key) for place, key in old]
    memory.rows.apply(drafts, gone, now)
    memory.rows.set_document(tenant, document.source, digest)
    return len(drafts), unchanged, len(gone)


def _digest(document: MemoryDocument, version: int) -> str:
    fields = [document.title, document.text, document.kind, document.provenance, document.visibility]
    return hashlib.sha256(json.dumps([version, *fields, *document.subjects]).encode()).hexdigest()


def cut_document(document: MemoryDocument) -> list[Chunk]:
    """The pieces in which a document is remembered."""
    return chunk_document(document.text, headings=document.headings)


def build_drafts(tenant: str, document: MemoryDocument, pieces: Iterable[Chunk]) -> Iterator[Draft]:
    """The rows of a document's pieces."""
    namespace = (ROOT_NAMESPACE, document.kind)
    return (_draft(tenant, document, namespace, key, chunk) for key, chunk in _assign_keys(document, pieces))


def _assign_keys(document: MemoryDocument, pieces: Iterable[Chunk]) -> list[tuple[str, Chunk]]:
    """A stable key for each piece: its section, and its place inside the section."""
    seen: dict[str, int] = {}
    found = []
    for chunk in pieces:
        seen[chunk.section] = seen.get(chunk.section, 0) + 1
        found.append((f"{document.source}#{chunk.section}/{seen[chunk.section]}", chunk))
    return found


def _draft(tenant: str, document: MemoryDocument, namespace: tuple[str, ...], key: str, chunk: Chunk) -> Draft:
    return Draft(
        tenant=tenant,
        namespace=namespace,
        key=key,
        value={
            "text": chunk.text,
            "title": chunk.place(document.title),
            "extra": {"span": [chunk.start, chunk.end], **_page(document, chunk)},
        },
        text=chunk.to_embed(document.title),
        pending=True,
        kind=document.kind,
        visibility=document.visibility,
        provenance=document.provenance,
        source=f"{document.source}#{chunk.section}" if chunk.section else document.source,
        span=(chunk.start, chunk.end),
        subjects=document.subjects,
        author=document.author,
    )


def _page(document: MemoryDocument, chunk: Chunk) -> dict[str, int]:
    return {"page": bisect_right(document.pages, chunk.start)} if document.pages else {}


def check_document(document: MemoryDocument) -> None:
    """Refuses what cannot be loaded.

    Raises:
        BadInput: a field is not one of its values, or has characters that cannot be stored.
    """
    if not document.source.strip() or "#" in document.source:
        raise BadInput(f"{document.source!r} cannot be a document's id: it is empty or contains '#'. Choose another.")
    if document.kind not in MEMORY_KINDS or document.provenance not in PROVENANCES:
        raise BadInput(
            f"{document.source}: {document.kind!r} from {document.provenance!r} cannot be loaded. Kinds are "
            f"{', '.join(MEMORY_KINDS)}; provenances are {', '.join(PROVENANCES)}."
        )
    check_visibility(document.visibility)
    if not all(map(is_storable, (document.source, document.title, document.text))):
        raise BadInput(f"{document.source} has characters that cannot be stored. Save it as plain UTF-8 text.")
