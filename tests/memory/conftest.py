"""What the memory tests share: one embedder for the run, and a memory in a folder of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from chroma_process import running
from countersign.memory.adapters.langgraph_store import ChromaStore
from countersign.memory.embeddings.embedder import Embedder
from countersign.memory.embeddings.minilm import MiniLM
from countersign.memory.index.chroma_server import ChromaServer
from countersign.memory.index.vector_index import IndexLimits
from countersign.memory.memory import Memory
from countersign.policies.domain.principal import Principal
from countersign.policies.storage.database import make_sqlite_url, open_database
from langgraph.store.base import BaseStore
from langgraph.store.memory import InMemoryStore
from memory_opener import CHROMA_ONLY, OpenMemory
from store_kinds import MakeStore
from word_embedder import WordEmbedder


@pytest.fixture(scope="session")
def minilm() -> MiniLM:
    """The offline model, loaded once."""
    return MiniLM()


@pytest.fixture
def words() -> WordEmbedder:
    """A fast embedder for tests that are not about meaning."""
    return WordEmbedder()


@pytest.fixture(scope="session")
def chroma_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    """A running Chroma server, started for the first test that needs it."""
    with running(tmp_path_factory.mktemp("chroma-server")) as server:
        yield server


@pytest.fixture(params=["embedded", "server"])
def chroma(request: pytest.FixtureRequest) -> ChromaServer | None:
    """Where Chroma runs: every test that opens a memory runs with both. ``EMBEDDED`` and ``SERVER`` choose one."""
    if request.param == "embedded":
        return None
    server: ChromaServer = request.getfixturevalue("chroma_server")
    return server


@pytest.fixture
def open_memory(tmp_path: Path, chroma: ChromaServer | None) -> Iterator[OpenMemory]:
    """Opens the memory of the test's folder, any number of times."""
    opened: list[Memory] = []
    engines = []

    def start(embedder: Embedder | None = None, home: Path | None = None, limits: IndexLimits = CHROMA_ONLY) -> Memory:
        home = home or tmp_path
        home.mkdir(exist_ok=True)
        engine = open_database(make_sqlite_url(home / "countersign.db"))
        engines.append(engine)
        opened.append(Memory.open(home, engine, embedder or WordEmbedder(), server=chroma, limits=limits))
        return opened[-1]

    yield start
    for memory in opened:
        memory.close()
    for engine in engines:
        engine.dispose()


@pytest.fixture
def memory(open_memory: OpenMemory) -> Memory:
    """A memory in a folder of its own, with the fast embedder."""
    return open_memory()


@pytest.fixture
def mara() -> Principal:
    return Principal("mara.voss", "acme", roles=frozenset({"legal_counsel"}), teams=frozenset({"legal"}))


@pytest.fixture
def otto() -> Principal:
    return Principal("otto", "acme", roles=frozenset({"support_agent"}), teams=frozenset({"support"}))


@pytest.fixture
def embedder() -> WordEmbedder:
    """The embedder of the store that is made; it knows what it was given."""
    return WordEmbedder()


@pytest.fixture
def make(open_memory: OpenMemory, mara: Principal, embedder: WordEmbedder, kind: str) -> MakeStore:
    """A store of either kind, empty, with these fields indexed."""

    def made(*fields: str) -> BaseStore:
        chosen = list(fields or ("$",))
        if kind == "ours":
            return ChromaStore(open_memory(embedder), mara, fields=chosen)
        index = {"dims": 32, "embed": lambda texts: embedder.embed(texts).tolist(), "fields": chosen}
        return InMemoryStore(index=index)  # type: ignore[arg-type]

    return made
