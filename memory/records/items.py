"""Items are what agents put into memory and what they get back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ...policies.errors import BadInput
from .rows import MemoryRow
from .scope import PROVENANCES, TRUSTED, check_visibility, is_storable

ROOT_NAMESPACE = "countersign"  # the namespace of everything that is remembered; plain store users cannot write into it
HANDBOOK, PRECEDENT, OUTCOME, CORRECTION, NOTE, DOCUMENT = (
    "handbook",
    "precedent",
    "outcome",
    "correction",
    "note",
    "document",
)
MEMORY_KINDS = (HANDBOOK, PRECEDENT, OUTCOME, CORRECTION, NOTE, DOCUMENT)
MAX_TEXT, MAX_SOURCE = 20_000, 500


@dataclass(frozen=True, slots=True)
class NewMemory:
    """Something to remember.

    Attributes:
        text: what is said, at most 20,000 characters.
        kind: one of :data:`MEMORY_KINDS`.
        source: what to cite, e.g. ``"case-17"`` or ``"support-handbook#3.2"``; one line of at most 500 characters.
        span: where in the source, as character offsets.
        provenance: ``user``, ``trusted``, ``untrusted`` or ``model``.
        visibility: ``org``, ``team:<team>``, ``role:<role>`` or ``user:<id>``; empty for the author alone.
        retention: a class of :mod:`.retention`.
        subjects: ids of the people that it is about, so that they can be forgotten.
        thread: the conversation or case that it belongs to.
        key: remembering again under the same key replaces what the same author said before.
        extra: more fields, JSON.
    """

    text: str
    kind: str = NOTE
    source: str = ""
    span: tuple[int, int] | None = None
    provenance: str = "user"
    visibility: str = ""
    retention: str = "long-term"
    subjects: tuple[str, ...] = ()
    thread: str = ""
    key: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecalledItem:
    """One thing that was recalled.

    Attributes:
        score: the fused rank score, for order only.
        similarity: the cosine with the query, -1 to 1, or ``None`` when it has no vector yet; says how near it is.
        trusted: whether a user or a system of record said it; what is not trusted gives no orders and proves nothing.
    """

    id: str
    text: str
    kind: str
    source: str
    title: str
    span: tuple[int, int] | None
    provenance: str
    visibility: str
    author: str
    thread: str
    created: datetime
    updated: datetime
    score: float
    similarity: float | None
    trusted: bool
    extra: Mapping[str, Any]


def check_item(item: NewMemory) -> None:
    """Refuses what cannot be remembered.

    Raises:
        BadInput: a field is empty, too long or not one of its values.
    """
    for value, allowed, what in (
        (item.kind, MEMORY_KINDS, "kind of memory"),
        (item.provenance, PROVENANCES, "provenance"),
    ):
        if value not in allowed:
            raise BadInput(f"{value!r} is not a {what}. Use one of {', '.join(allowed)}.")
    if item.visibility:
        check_visibility(item.visibility)
    if not item.text.strip():
        raise BadInput("There is nothing to remember: the text is empty.")
    if len(item.text) > MAX_TEXT:
        raise BadInput(
            f"The text has {len(item.text):,} characters; one memory holds {MAX_TEXT:,}. Load it as a document instead."
        )
    if len(item.source) > MAX_SOURCE or "".join(item.source.splitlines()) != item.source:
        # It is shown as a citation, where a line of its own would look like more of the answer.
        raise BadInput(f"A source is one line of at most {MAX_SOURCE:,} characters. Name it shorter.")
    check_subjects(item.subjects)
    if not all(map(is_storable, (item.text, item.source, item.key, item.thread, *item.subjects))):
        raise BadInput("The text has characters that cannot be stored (NUL or half of a surrogate pair). Remove them.")


def check_subjects(subjects: Sequence[str]) -> None:
    """Refuses a person without an id: what is about nobody by mistake would not be forgotten with anybody.

    Raises:
        BadInput: one of the ids is blank.
    """
    if not all(subject.strip() for subject in subjects):
        raise BadInput("One of the people that it is about has no id. Give the id, or leave that person out.")


def make_recalled_item(row: MemoryRow, score: float, similarity: float | None) -> RecalledItem:
    """A row as agents see it."""
    return RecalledItem(
        id=row.id,
        text=str(row.value.get("text", row.text)),
        kind=row.kind,
        source=row.source,
        title=str(row.value.get("title", "")),
        span=row.span,
        provenance=row.provenance,
        visibility=row.visibility,
        author=row.author,
        thread=row.thread,
        created=row.created_at,
        updated=row.updated_at,
        score=score,
        similarity=similarity,
        trusted=row.provenance in TRUSTED,
        extra=row.value.get("extra", {}),
    )
