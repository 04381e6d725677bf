"""This index keeps vectors in Chroma: one collection for each tenant, which knows how far it has come."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from ..records.rows import IndexChanges, make_vector_ids
from ..records.scope import hash_name, make_labels
from .port import Hit
from .sync_marks import SyncMarks

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.collection_configuration import CreateCollectionConfiguration
    from chromadb.api.models.Collection import Collection

# From the measured curve of recall against time on real clause embeddings (see the benchmarks).
HNSW: dict[str, Any] = {"space": "cosine", "max_neighbors": 32, "ef_construction": 200, "ef_search": 200}
BATCH = 2000


class CollectionGone(Exception):
    """Somebody else has dropped the tenant's collection meanwhile; ask for its position again."""


@dataclass(slots=True)
class _OpenCollection:
    collection: "Collection"
    generation: int
    seen: int
    mark: str
    unrecorded: int = 0


class ChromaIndex:
    """One collection for each tenant, named by a hash of the tenant, so that look-alike names never share one.

    A collection records in its own metadata which ``seq`` it reflects, so that it knows this wherever it is moved to,
    and a mark by which the database recognises it (:class:`.sync_marks.SyncMarks`).

    Args:
        client: Chroma, embedded or a server's.
        embedder: the name of the embedder, recorded in each collection.
        marks: the marks that the database knows.
        prefix: begins the names of the collections; tells installations on one server apart.
        record_every: after so many changes the position is recorded, and when the index is closed; what was not
            recorded is done again, which does no harm. 1 when other processes ask for the position.
    """

    def __init__(
        self, client: "ClientAPI", embedder: str, marks: SyncMarks, prefix: str = "", record_every: int = 1
    ) -> None:
        self._client = client
        self._embedder = embedder
        self._marks = marks
        self._prefix = prefix
        self._record_every = record_every
        self._opened: dict[str, _OpenCollection] = {}

    def position(self, tenant: str, generation: int) -> int:
        """The ``seq`` that is reflected; a collection of another embedder, generation or database is dropped."""
        opened = self._opened.get(tenant)
        if opened is None or opened.generation != generation:
            opened = self._open(tenant, generation) or self._renew(tenant, generation)
            self._opened[tenant] = opened
        return opened.seen

    def forget_position(self, tenant: str) -> None:
        """Asks Chroma itself for the position next time, not what this process remembers."""
        self._opened.pop(tenant, None)

    def note_unchanged(self, tenant: str, upto: int) -> None:
        """Notes that nothing of the tenant changed until ``upto``; costs no write."""
        self._opened[tenant].seen = upto

    def apply(self, tenant: str, changes: IndexChanges) -> None:
        """Brings the tenant's collection to ``changes.upto`` and records that; a crash in between repeats it.

        Raises:
            CollectionGone: it was dropped meanwhile.
        """
        opened = self._opened[tenant]
        with _CollectionGuard():
            collection = opened.collection
            for start in range(0, len(changes.dropped), BATCH):
                collection.delete(ids=changes.dropped[start : start + BATCH])
            for ids, vectors, notes in _make_batches(changes):
                collection.upsert(ids=ids, embeddings=vectors, metadatas=notes)
            opened.seen = changes.upto
            opened.unrecorded += len(changes.dropped) + len(changes.added)
            if opened.unrecorded >= self._record_every:
                self._record(tenant, opened)

    def count(self, tenant: str) -> int:
        """How many vectors the tenant has here.

        Raises:
            CollectionGone: it was dropped meanwhile.
        """
        with _CollectionGuard():
            return int(self._opened[tenant].collection.count())

    def find_nearest(
        self, tenant: str, vector: NDArray[np.float32], limit: int, where: dict[str, Any] | None = None
    ) -> list[Hit]:
        """The tenant's nearest vectors, best first.

        What a hit is stands in its name; to read what Chroma keeps beside it would cost as much as the search.

        Args:
            where: a filter of :meth:`..records.scope.Scope.where`; it costs several times the search.

        Raises:
            CollectionGone: the collection was dropped meanwhile.
        """
        with _CollectionGuard():
            found = self._opened[tenant].collection.query(
                query_embeddings=cast("Any", [vector]), n_results=limit, where=where, include=["distances"]
            )
        names, distances = found["ids"][0], (found["distances"] or [[]])[0]
        return [_hit(name, float(distance)) for name, distance in zip(names, distances, strict=True)]

    def drop(self, tenant: str) -> None:
        """Removes the tenant's collection; the next search makes it again from SQL."""
        from chromadb.errors import NotFoundError

        self._opened.pop(tenant, None)
        with suppress(NotFoundError):
            self._client.delete_collection(self._name(tenant))

    def close(self) -> None:
        """Records what is not yet, and releases the files, or the connections."""
        for tenant, opened in self._opened.items():
            if opened.unrecorded:
                with suppress(Exception):  # then it is done again
                    self._record(tenant, opened)
        self.release()

    def release(self) -> None:
        """Releases the files, or the connections, and asks Chroma nothing more."""
        self._opened.clear()
        sessions = get_sessions(self._client)
        cast("Any", self._client).close()
        for session in sessions:
            session.close()

    def _record(self, tenant: str, opened: _OpenCollection) -> None:
        mark = self._marks.renew(tenant, opened.mark)
        opened.collection.modify(metadata=self._make_metadata(opened.generation) | {"seq": opened.seen, "mark": mark})
        opened.mark, opened.unrecorded = mark, 0

    def _name(self, tenant: str) -> str:
        return self._prefix + hash_name(tenant)

    def _make_metadata(self, generation: int) -> dict[str, Any]:
        return {"embedder": self._embedder, "generation": generation}

    def _open(self, tenant: str, generation: int) -> _OpenCollection | None:
        wanted = self._make_metadata(generation)
        collection = self._client.get_or_create_collection(
            self._name(tenant),
            embedding_function=None,
            metadata=wanted,
            configuration=cast("CreateCollectionConfiguration", {"hnsw": HNSW}),
        )
        found = dict(collection.metadata or {})
        seq, mark = int(str(found.pop("seq", 0))), str(found.pop("mark", ""))
        if found != wanted or (seq and mark not in self._marks.read_known(tenant)):
            return None
        return _OpenCollection(collection, generation, seq, mark)

    def _renew(self, tenant: str, generation: int) -> _OpenCollection:
        self.drop(tenant)
        opened = self._open(tenant, generation)
        if opened is None:
            raise CollectionGone(tenant)  # another process was faster, with another model
        return opened


def get_sessions(client: "ClientAPI") -> list[Any]:
    """The connections of a server's client, which Chroma neither limits in time nor closes; none when embedded."""
    servers = [getattr(part, "_server", None) for part in (client, getattr(client, "_admin_client", None))]
    return [session for session in (getattr(server, "_session", None) for server in servers) if session is not None]


class _CollectionGuard:
    """Turns Chroma's "no such collection" into :class:`CollectionGone`."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, _trace: object) -> None:
        if error is not None:
            from chromadb.errors import NotFoundError

            if isinstance(error, NotFoundError):
                raise CollectionGone(str(error)) from error


def _hit(name: str, distance: float) -> Hit:
    row_id, seq, _ = name.split(":")
    return Hit(row_id, int(seq), 1.0 - distance)


def _make_batches(changes: IndexChanges) -> Iterator[tuple[list[str], Any, Any]]:
    flat = [
        (name, vector, make_labels(tag))
        for tag, vectors in changes.added
        for name, vector in zip(make_vector_ids(tag.row_id, tag.seq, len(vectors)), vectors, strict=True)
    ]
    for start in range(0, len(flat), BATCH):
        part = flat[start : start + BATCH]
        yield [name for name, _, _ in part], [vector for _, vector, _ in part], [note for _, _, note in part]
