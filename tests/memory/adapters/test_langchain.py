"""LangChain's standard tests of embeddings, retrievers and vector stores, run against ours."""

from typing import Any

import pytest
from countersign.memory.adapters.langchain import MemoryEmbeddings, MemoryRetriever, MemoryVectorStore
from countersign.memory.memory import Memory
from countersign.memory.records.items import NewMemory
from countersign.policies.domain.principal import Principal
from countersign.policies.errors import BadInput
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from langchain_core.vectorstores import VectorStore
from langchain_tests.integration_tests import (
    EmbeddingsIntegrationTests,
    RetrieversIntegrationTests,
    VectorStoreIntegrationTests,
)
from langchain_tests.unit_tests import EmbeddingsUnitTests
from word_embedder import WordEmbedder


class TestEmbeddingsUnit(EmbeddingsUnitTests):
    """The offline model can be made without any settings."""

    @property
    def embeddings_class(self) -> type[Embeddings]:
        return MemoryEmbeddings


class TestEmbeddings(EmbeddingsIntegrationTests):
    """The offline model behind LangChain's interface."""

    @property
    def embeddings_class(self) -> type[Embeddings]:
        return MemoryEmbeddings


class TestRetriever(RetrieversIntegrationTests):
    """Recall behind LangChain's interface."""

    @pytest.fixture(autouse=True)
    def _filled(self, memory: Memory, mara: Principal) -> None:
        for number in range(6):
            memory.remember(mara, NewMemory(f"refund rule {number}", source=f"case-{number}"))
        self._given = {"memory": memory, "principal": mara}

    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return MemoryRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return self._given

    @property
    def retriever_query_example(self) -> str:
        return "refund rule"


class TestVectorStore(VectorStoreIntegrationTests):
    """A namespace of the store behind LangChain's interface."""

    @pytest.fixture
    def vectorstore(self, memory: Memory, mara: Principal) -> VectorStore:
        return MemoryVectorStore(memory, mara)


def test_a_document_comes_with_its_source(memory: Memory, mara: Principal, otto: Principal) -> None:
    """A citation would be lost on the way through LangChain, or visibility not hold there."""
    memory.remember(mara, NewMemory("refunds take a week", source="case-9", span=(3, 20), visibility="team:legal"))
    (found,) = MemoryRetriever(memory=memory, principal=mara).invoke("refunds")
    assert found.metadata["source"] == "case-9"
    assert found.metadata["span"] == (3, 20)
    assert found.metadata["trusted"] is True
    assert MemoryRetriever(memory=memory, principal=otto).invoke("refunds") == []


def test_collections_and_tenants_are_apart(memory: Memory, mara: Principal) -> None:
    """A collection inside another's namespace, or another tenant's of the same name, would be mixed in."""
    outer, inner = MemoryVectorStore(memory, mara, ("a",)), MemoryVectorStore(memory, mara, ("a", "b"))
    twin = MemoryVectorStore(memory, Principal("mara.voss", "Acme"), ("a",))
    inner.add_texts([f"word {number}" for number in range(20)])
    outer.add_texts(["word outside"], ids=["x"])
    assert [found.page_content for found in outer.similarity_search("word", k=3)] == ["word outside"]
    assert len(inner.similarity_search("word", k=30)) == 20
    assert twin.similarity_search("word") == []
    assert twin.get_by_ids(["x"]) == []
    twin.delete(["x"])
    assert outer.get_by_ids(["x"]) == [Document(id="x", page_content="word outside")]


def test_filters_scores_and_thresholds(memory: Memory, mara: Principal) -> None:
    """Metadata filters would be dropped, or relevance leave LangChain's range of 0 to 1."""
    store = MemoryVectorStore.from_texts(
        ["red apple", "red brick", "green apple"],
        metadatas=[{"n": 1}, {"n": 2}, {"n": 3}],
        memory=memory,
        principal=mara,
    )
    assert {d.metadata["n"] for d in store.similarity_search("red apple", k=9, filter={"n": {"$gte": 2}})} == {2, 3}
    (best, score), *_ = store.similarity_search_with_score("red apple")
    assert best.metadata["n"] == 1
    assert score == pytest.approx(1, abs=1e-4)
    relevant = store.similarity_search_with_relevance_scores("red apple", k=3)
    assert all(0 <= score <= 1 for _, score in relevant)
    strict = store.as_retriever(search_type="similarity_score_threshold", search_kwargs={"score_threshold": 0.99})
    assert [d.metadata["n"] for d in strict.invoke("red apple")] == [1]


def test_what_would_lose_data_is_refused(memory: Memory, mara: Principal) -> None:
    """Half of a batch, everything at once, or vectors of another model."""
    store = MemoryVectorStore(memory, mara)
    with pytest.raises(BadInput, match="as many"):
        store.add_texts(["a", "b"], ids=["1"])
    with pytest.raises(BadInput, match="not JSON"):
        store.add_texts(["a", "b"], [{}, {"x": {1}}], ids=["1", "2"])
    assert store.get_by_ids(["1"]) == []
    with pytest.raises(BadInput, match="ids"):
        store.delete()
    with pytest.raises(BadInput, match="namespace"):
        MemoryVectorStore(memory, mara, ())
    with pytest.raises(BadInput, match="principal"):
        MemoryVectorStore.from_texts(["a"])
    other = MemoryEmbeddings(WordEmbedder("other"))
    with pytest.raises(BadInput, match="embeds with"):
        MemoryVectorStore.from_texts(["a"], other, memory=memory, principal=mara)
    assert MemoryVectorStore.from_texts(["a"], store.embeddings, memory=memory, principal=mara).similarity_search("a")
