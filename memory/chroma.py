"""Vectors in an embedded Chroma folder. Only the process that holds the folder's lock may make one of these."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from ..policies.errors import StorageError
from .records import Changes, vector_ids
from .scope import Scope, labels, opaque
from .vectors import Hit

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.collection_configuration import CreateCollectionConfiguration
    from chromadb.api.models.Collection import Collection

# From the measured curve of recall against time on real clause embeddings (see the benchmarks).
HNSW: dict[str, Any] = {"space": "cosine", "max_neighbors": 32, "ef_construction": 200, "ef_search": 200}
BATCH = 2000
POSITIONS = "positions.json"


class ChromaIndex:
    """One collection for each tenant, named by a hash of the tenant, so that look-alike names never share one.

    Args:
        folder: the index's own folder; everything in it can be made again from SQL.
        embedder: the name of the embedder, recorded in each collection.
    """

    def __init__(self, folder: Path, embedder: str) -> None:
        self._embedder = embedder
        self._collections: dict[str, Collection] = {}
        inside = sorted(folder.glob("chroma-*"))
        try:
            self._folder = inside[0] if len(inside) == 1 else _fresh(folder)
            self._client = _connect(self._folder)
        except Exception:  # noqa: BLE001 - Chroma raises many kinds; a folder that does not open is made anew from SQL
            # Under a new name, because Chroma remembers per path that this process has it open.
            self._folder = _fresh(folder)
            self._client = _connect(self._folder)
        self._positions: dict[str, dict[str, Any]] = self._read_positions()

    def position(self, tenant: str, generation: int) -> int:
        """The ``seq`` that is reflected; a collection of another embedder or generation is dropped."""
        name = opaque(tenant)
        if name not in self._collections:
            wanted = {"embedder": self._embedder, "generation": generation}
            collection = self._client.get_or_create_collection(
                name,
                embedding_function=None,
                metadata=wanted,
                configuration=cast("CreateCollectionConfiguration", {"hnsw": HNSW}),
            )
            if dict(collection.metadata or {}) != wanted:
                return self._renew(tenant, generation)
            self._collections[name] = collection
        recorded = self._positions.get(name, {})
        if recorded.get("generation", generation) != generation:
            return self._renew(tenant, generation)
        return int(recorded.get("seq", 0))

    def apply(self, tenant: str, changes: Changes) -> None:
        """Brings the tenant's collection to ``changes.upto``, then records that; a crash in between repeats it."""
        name = opaque(tenant)
        collection = self._collections[name]
        for start in range(0, len(changes.dropped), BATCH):
            collection.delete(ids=changes.dropped[start : start + BATCH])
        for ids, vectors, notes in _batches(changes):
            collection.upsert(ids=ids, embeddings=vectors, metadatas=notes)
        self._positions[name] = {"seq": changes.upto, "generation": (collection.metadata or {}).get("generation")}
        temporary = self._folder / (POSITIONS + ".new")
        temporary.write_text(json.dumps(self._positions))
        temporary.replace(self._folder / POSITIONS)

    def count(self, tenant: str) -> int:
        """How many vectors the tenant has here."""
        return int(self._collections[opaque(tenant)].count())

    def nearest(self, scope: Scope, vector: NDArray[np.float32], limit: int) -> list[Hit]:
        """The nearest vectors that the scope admits, best first."""
        # Chroma's filter costs several times the search, and most hits pass it: look without it first.
        hits, whole = self._query(scope, vector, limit + limit // 2, filtered=False)
        if len(hits) >= limit or whole:
            return hits[:limit]
        return self._query(scope, vector, limit, filtered=True)[0]

    def _query(
        self, scope: Scope, vector: NDArray[np.float32], limit: int, *, filtered: bool
    ) -> tuple[list[Hit], bool]:
        found = self._collections[opaque(scope.tenant)].query(
            query_embeddings=cast("Any", [vector]),
            n_results=limit,
            where=scope.where() if filtered else None,
            include=["metadatas", "distances"],
        )
        notes, distances = (found["metadatas"] or [[]])[0], (found["distances"] or [[]])[0]
        hits = [
            Hit(str(note["row"]), int(str(note["seq"])), 1.0 - float(distance))
            for note, distance in zip(notes, distances, strict=True)
            if scope.admits_labels(note)
        ]
        return hits, len(notes) < limit

    def drop(self, tenant: str) -> None:
        """Removes the tenant's collection; the next search makes it again from SQL."""
        name = opaque(tenant)
        self._collections.pop(name, None)
        self._positions.pop(name, None)
        if name in {collection.name for collection in self._client.list_collections()}:
            self._client.delete_collection(name)

    def close(self) -> None:
        """Releases the folder's files."""
        self._collections.clear()
        cast("Any", self._client).close()

    def _renew(self, tenant: str, generation: int) -> int:
        self.drop(tenant)
        return self.position(tenant, generation)

    def _read_positions(self) -> dict[str, dict[str, Any]]:
        try:
            found = json.loads((self._folder / POSITIONS).read_text())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def _fresh(folder: Path) -> Path:
    """An empty folder for a new database, the only one there."""
    shutil.rmtree(folder, ignore_errors=True)
    place = folder / f"chroma-{uuid4().hex[:8]}"
    try:
        place.mkdir(parents=True)
    except OSError as error:
        raise StorageError(
            f"The vector index in {folder} cannot be made: {error.strerror}. Make the folder writable, or set "
            "COUNTERSIGN_HOME to one that is."
        ) from error
    return place


def _connect(folder: Path) -> "ClientAPI":
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(folder, settings=Settings(anonymized_telemetry=False))


def _batches(changes: Changes) -> Iterator[tuple[list[str], Any, Any]]:
    flat = [
        (name, vector, labels(tag))
        for tag, vectors in changes.added
        for name, vector in zip(vector_ids(tag.row_id, tag.seq, len(vectors)), vectors, strict=True)
    ]
    for start in range(0, len(flat), BATCH):
        part = flat[start : start + BATCH]
        yield [name for name, _, _ in part], [vector for _, vector, _ in part], [note for _, _, note in part]
