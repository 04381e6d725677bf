"""What opens a memory in the tests, any number of times, and what they look at inside it."""

from pathlib import Path
from typing import Protocol

from countersign.memory.embeddings.embedder import Embedder
from countersign.memory.index.chroma import ChromaIndex
from countersign.memory.index.vector_index import IndexLimits
from countersign.memory.memory import Memory

CHROMA_ONLY = IndexLimits(exact_below=0, tail=0)
"""Every change goes to Chroma at once: what tests of Chroma need."""


class OpenMemory(Protocol):
    """Opens the memory of a folder; without a folder, the test's own."""

    def __call__(
        self, embedder: Embedder | None = None, home: Path | None = None, limits: IndexLimits = CHROMA_ONLY
    ) -> Memory: ...


def warmed(memory: Memory) -> None:
    """Waits until Chroma is open, which :meth:`Memory.warm` began."""
    assert memory.index._warming is not None
    memory.index._warming.join()


def chroma_of(memory: Memory) -> ChromaIndex:
    """The open Chroma of a memory."""
    chroma = memory.index._door.chroma
    assert chroma is not None
    return chroma
