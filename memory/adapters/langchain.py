"""This adapter gives memory as LangChain knows such things: embeddings, a retriever and a vector store.

Each is bound to one principal, so tenant and visibility are never arguments; each goes through the doors that everybody
else uses and adds nothing of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self
from uuid import uuid4

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from langchain_core.vectorstores import VectorStore
from langgraph.store.base import GetOp, PutOp, SearchItem
from pydantic import ConfigDict

from ...policies.domain.principal import Principal
from ...policies.errors import BadInput
from ..embeddings.embedder import Embedder, open_embedder
from ..memory import Memory
from .langgraph_store import ChromaStore

TEXT, METADATA = "page_content", "metadata"


class MemoryEmbeddings(Embeddings):
    """An embedder for LangChain; by default the one that the settings ask for, offline MiniLM.

    Args:
        embedder: makes the vectors, each of length 1.
    """

    def __init__(self, embedder: Embedder | None = None) -> None:
        self.embedder = embedder or open_embedder()

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector for each text."""
        vectors: list[list[float]] = self.embedder.embed(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """The vector of one text."""
        return self.embed_documents([text])[0]


class MemoryRetriever(BaseRetriever):
    """What the memory recalls on a question, as documents, best first.

    Attributes:
        memory: the shared memory.
        principal: who asks.
        k: at most so many.
        kinds: only these kinds, or any when empty.
        trusted_only: leave out what untrusted text or a model said.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    memory: Memory
    principal: Principal
    k: int = 8
    kinds: tuple[str, ...] = ()
    trusted_only: bool = True

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002 - LangChain's signature
        k: int | None = None,
    ) -> list[Document]:
        found = self.memory.recall(
            self.principal,
            query,
            kinds=self.kinds,
            limit=self.k if k is None else k,
            trusted_only=self.trusted_only,
        )
        names = ("kind", "source", "title", "span", "provenance", "trusted", "visibility", "author", "thread")
        return [
            Document(
                id=item.id,
                page_content=item.text,
                metadata={name: getattr(item, name) for name in names}
                | {"similarity": item.similarity, "created": item.created.isoformat(), "extra": dict(item.extra)},
            )
            for item in found
        ]


class MemoryVectorStore(VectorStore):
    """Documents under one namespace of the principal's store.

    Args:
        memory: the shared memory; its embedder is used.
        principal: whose tenant and visibility hold.
        namespace: where the documents are; another namespace is another collection.
    """

    def __init__(self, memory: Memory, principal: Principal, namespace: Sequence[str] = ("documents",)) -> None:
        if not namespace:
            raise BadInput("The documents need a namespace; an empty one would be the whole store.")
        self._memory = memory
        self._store = ChromaStore(memory, principal)
        self._namespace = tuple(namespace)

    @property
    def embeddings(self) -> Embeddings:
        """What makes the vectors."""
        return MemoryEmbeddings(self._memory.embedder)

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **_: Any,
    ) -> list[str]:
        """Stores texts, all or none; an id that is there is replaced.

        Returns:
            Their ids, in order.

        Raises:
            BadInput: there are more or fewer metadata or ids than texts, or metadata is not JSON.
        """
        bodies = list(texts)
        about = [{} for _ in bodies] if metadatas is None else metadatas
        names = ["" for _ in bodies] if ids is None else ids
        if not len(bodies) == len(about) == len(names):
            raise BadInput("There must be as many metadata and as many ids as texts.")
        given = [name or uuid4().hex for name in names]  # LangChain passes None for a document without an id
        self._store.batch(
            [
                PutOp(self._namespace, name, {TEXT: body, METADATA: dict(more)}, [TEXT])
                for name, body, more in zip(given, bodies, about, strict=True)
            ]
        )
        return given

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """The documents with these ids that exist, in this order."""
        found = self._store.batch([GetOp(self._namespace, name) for name in ids])
        return [_document(item.key, item.value) for item in found if item is not None]  # type: ignore[union-attr]

    def delete(self, ids: list[str] | None = None, **_: Any) -> bool:
        """Deletes documents; an id that does not exist is passed over.

        Raises:
            BadInput: no ids are given; nothing is ever deleted wholesale.
        """
        if ids is None:
            raise BadInput("Which documents? Give their ids; all at once are not deleted here.")
        self._store.batch([PutOp(self._namespace, name, None) for name in ids])
        return True

    def similarity_search(
        self, query: str, k: int = 4, filter: Mapping[str, Any] | None = None, **_: Any
    ) -> list[Document]:
        """The nearest documents, best first.

        Args:
            k: at most so many.
            filter: what their metadata must equal, or LangGraph's operators.
        """
        return [document for document, _ in self.similarity_search_with_score(query, k, filter)]

    def similarity_search_with_score(
        self, query: str, k: int = 4, filter: Mapping[str, Any] | None = None, **_: Any
    ) -> list[tuple[Document, float]]:
        """The nearest documents with the cosine of each, best first."""
        wanted = {METADATA: dict(filter)} if filter else None
        # Namespaces below this one are other collections: more is asked for until enough are this one's own.
        asked = k
        while True:
            found: list[SearchItem] = self._store.search(self._namespace, query=query, filter=wanted, limit=asked)
            own = [item for item in found if item.namespace == self._namespace and item.score is not None]
            if len(own) >= k or len(found) < asked:
                return [(_document(item.key, item.value), float(item.score or 0.0)) for item in own[:k]]
            asked *= 4

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings | None = None,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        memory: Memory | None = None,
        principal: Principal | None = None,
        namespace: Sequence[str] = ("documents",),
        **_: Any,
    ) -> Self:
        """A store with these texts in it; ``memory`` and ``principal`` are needed.

        Raises:
            BadInput: one of them is missing, or ``embedding`` is not the memory's.
        """
        if memory is None or principal is None:
            raise BadInput("Give the memory and the principal: from_texts(..., memory=memory, principal=principal).")
        name = getattr(getattr(embedding, "embedder", None), "name", None)
        if embedding is not None and name != memory.embedder.name:
            raise BadInput(f"This memory embeds with {memory.embedder.name!r} alone; leave the embedding out.")
        made = cls(memory, principal, namespace)
        made.add_texts(texts, metadatas, ids=list(ids) if ids else None)
        return made

    def _select_relevance_score_fn(self) -> Any:
        return _compute_relevance


def _compute_relevance(cosine: float) -> float:
    return min(1.0, max(0.0, (1.0 + cosine) / 2))  # rounding may lead a hair beyond


def _document(name: str, value: Mapping[str, Any]) -> Document:
    return Document(id=name, page_content=str(value.get(TEXT, "")), metadata=dict(value.get(METADATA) or {}))
