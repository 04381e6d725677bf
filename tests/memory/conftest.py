"""What the memory tests share: one embedder for the run, and a memory in a folder of its own."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from countersign.memory.embedder import Embedder
from countersign.memory.minilm import MiniLM
from countersign.memory.recall import Memory
from countersign.policies.database import open_database, sqlite_url
from countersign.policies.principal import Principal
from numpy.typing import NDArray

OpenMemory = Callable[..., Memory]


class WordEmbedder:
    """A real but tiny embedder: a text's vector is the sum of its words' fixed random vectors."""

    def __init__(self, name: str = "words", dimensions: int = 32) -> None:
        self.name = name
        self.dimensions = dimensions
        self.embedded: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.embedded += texts
        out = np.zeros((len(texts), self.dimensions), np.float32)
        for at, text in enumerate(texts):
            for word in text.lower().split() or [""]:
                seed = int.from_bytes(hashlib.sha256(f"{self.name}{word}".encode()).digest()[:8], "big")
                out[at] += np.random.default_rng(seed).standard_normal(self.dimensions)
            out[at] /= np.linalg.norm(out[at])
        return out


@pytest.fixture(scope="session")
def minilm() -> MiniLM:
    """The offline model, loaded once."""
    return MiniLM()


@pytest.fixture
def words() -> WordEmbedder:
    """A fast embedder for tests that are not about meaning."""
    return WordEmbedder()


@pytest.fixture
def open_memory(tmp_path: Path) -> Iterator[OpenMemory]:
    """Opens the memory of the test's folder, any number of times."""
    opened: list[Memory] = []
    engines = []

    def start(embedder: Embedder | None = None, home: Path = tmp_path) -> Memory:
        home.mkdir(exist_ok=True)
        engine = open_database(sqlite_url(home / "countersign.db"))
        engines.append(engine)
        opened.append(Memory.open(home, engine, embedder or WordEmbedder()))
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
