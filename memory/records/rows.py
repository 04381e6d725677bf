"""A row of memory is described as it is written, as it is read, and as it changed since an index last looked."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.engine import RowMapping

from ...policies.errors import BadInput, StorageError
from .scope import Namespace, VectorTag, decode_namespace, encode_namespace
from .timestamps import count_micros, make_moment

Vectors = NDArray[np.float32]
MAX_PLACE_BYTES = 2600
"""Of what a row is found by, in UTF-8: PostgreSQL's indexes take 2,704 bytes (version 4 of its B-trees)."""
TEXT_SEPARATOR = "\x1e"
"""Stands between the texts of an item that has several vectors (ASCII's record separator; no word for any search)."""


class EmbedderMismatch(StorageError):
    """The memory was made with another embedding model; vectors of two models cannot be compared."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One row to be written. ``vectors`` has shape ``(count, dimensions)``; ``pending`` asks for them later."""

    tenant: str
    namespace: Namespace
    key: str
    value: Mapping[str, Any]
    text: str = ""
    vectors: Vectors | None = None
    pending: bool = False
    kind: str = ""
    visibility: str = "org"
    provenance: str = "model"
    source: str = ""
    span: tuple[int, int] | None = None
    retention: str = "long-term"
    author: str = ""
    thread: str = ""
    subjects: tuple[str, ...] = ()
    expires_at: datetime | None = None
    ttl_minutes: float | None = None


@dataclass(frozen=True, slots=True)
class MemoryRow:
    """One row as it is stored."""

    id: str
    seq: int
    tenant: str
    namespace: Namespace
    key: str
    value: dict[str, Any]
    text: str
    kind: str
    visibility: str
    provenance: str
    source: str
    span: tuple[int, int] | None
    retention: str
    author: str
    thread: str
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None
    ttl_minutes: float | None
    embedding: bytes | None = field(repr=False)

    def vectors(self, dimensions: int) -> Vectors:
        """Its vectors, shape ``(count, dimensions)``."""
        return np.frombuffer(self.embedding or b"", np.float32).reshape(-1, dimensions)


@dataclass(frozen=True, slots=True)
class MemoryState:
    """Where memory stands: the last change, whose vectors they are, how often they were made anew."""

    seq: int
    embedder: str
    generation: int
    reindexing: bool


@dataclass(frozen=True, slots=True)
class IndexChanges:
    """What an index has to do to come from one ``seq`` to ``upto``: drop vector ids, then add vectors."""

    upto: int
    dropped: list[str]
    added: list[tuple[VectorTag, Vectors]]


def split_texts(text: str, vectors: int) -> list[str]:
    """The texts of which an item's vectors are made: one, or as many as it has vectors."""
    parts = text.split(TEXT_SEPARATOR)
    return parts if len(parts) == vectors else [text]


def make_vector_ids(row_id: str, seq: int, count: int) -> list[str]:
    """The names of one row version's vectors in an index."""
    return [f"{row_id}:{seq}:{at}" for at in range(count)]


def parse_memory_row(found: RowMapping, embedder: str) -> MemoryRow:
    """A row from the columns of the table; vectors of another embedder are no vectors here."""
    start, end, expires = found["span_start"], found["span_end"], found["expires_at"]
    names = ("id", "seq", "tenant", "key", "text", "kind", "visibility", "provenance", "source", "retention", "author")
    return MemoryRow(
        **{name: found[name] for name in names},
        thread=found["thread"],
        namespace=decode_namespace(found["namespace"]),
        value=json.loads(found["value"]),
        span=None if start is None else (start, end),
        created_at=make_moment(found["created_at"]),
        updated_at=make_moment(found["updated_at"]),
        expires_at=None if expires is None else make_moment(expires),
        ttl_minutes=found["ttl_minutes"],
        embedding=found["embedding"] if found["embedder"] == embedder else None,
    )


def check_places(drafts: Iterable[Draft]) -> None:
    """Refuses what no index of PostgreSQL takes; the limit is the same for every database.

    Raises:
        BadInput: what the item is found by is too long.
    """
    for draft in drafts:
        for what, place in (
            ("namespace and key", f"{draft.tenant}{encode_namespace(draft.namespace)}{draft.key}"),
            ("source", f"{draft.tenant}{draft.source}"),
            *(("id of a person", subject) for subject in draft.subjects),
        ):
            if (size := len(place.encode(errors="replace"))) > MAX_PLACE_BYTES:
                raise BadInput(
                    f"The {what} {place[:40]}… takes {size:,} bytes; at most {MAX_PLACE_BYTES:,} can be kept."
                )


def build_row_values(draft: Draft, embedder: str) -> dict[str, Any]:
    same = ("tenant", "key", "text", "kind", "visibility", "provenance", "source", "retention", "author", "thread")
    start, end = draft.span or (None, None)
    return {name: getattr(draft, name) for name in (*same, "pending", "ttl_minutes")} | {
        "namespace": encode_namespace(draft.namespace),
        "value": json.dumps(draft.value, ensure_ascii=False),
        "span_start": start,
        "span_end": end,
        "expires_at": None if draft.expires_at is None else count_micros(draft.expires_at),
        "embedder": embedder,
        **build_row_embedding(draft.vectors),
    }


def build_row_embedding(vectors: Vectors | None) -> dict[str, Any]:
    if vectors is None or not len(vectors):
        return {"embedding": None, "vectors": 0}
    return {"embedding": np.ascontiguousarray(vectors, np.float32).tobytes(), "vectors": len(vectors)}


def build_tombstone(seq: int, tenant: str, row_id: str, row_seq: int, vectors: int) -> dict[str, Any]:
    return {"seq": seq, "tenant": tenant, "row_id": row_id, "row_seq": row_seq, "vectors": vectors}
