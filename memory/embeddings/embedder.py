"""An embedder turns text into vectors; here are the port, the cache of recent queries, and the choice of one.

Offline MiniLM is the default; any OpenAI-compatible endpoint is the alternative. Opening is cheap: weights are read
at the first text, so a command that never searches never pays for them.
"""

import os
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors: TypeAlias = NDArray[np.float32]

PATH_VARIABLE = "COUNTERSIGN_EMBEDDER_PATH"
MODEL_VARIABLE = "COUNTERSIGN_EMBEDDING_MODEL"


class Embedder(Protocol):
    """Makes one unit-length vector for each text."""

    @property
    def name(self) -> str:
        """Which model, so that vectors of two models are never compared."""
        ...

    @property
    def dimensions(self) -> int:
        """The length of each vector."""
        ...

    def embed(self, texts: Sequence[str]) -> "Vectors":
        """Vectors of shape ``(len(texts), dimensions)``, each of length 1."""
        ...


def open_embedder(environment: Mapping[str, str] | None = None) -> Embedder:
    """The embedder that the settings ask for.

    Args:
        environment: settings, default the process's. ``COUNTERSIGN_EMBEDDING_MODEL`` names a model of an
            OpenAI-compatible endpoint (with ``OPENAI_BASE_URL`` and ``OPENAI_API_KEY``); without it the offline
            MiniLM is used, from ``COUNTERSIGN_EMBEDDER_PATH`` or the installed weights package.

    Raises:
        BadInput: the endpoint's dimensions are not a whole number.
    """
    settings = os.environ if environment is None else environment
    if model := settings.get(MODEL_VARIABLE):
        from .openai_embedder import OpenAIEmbedder

        return OpenAIEmbedder.from_settings(model, settings)
    from .minilm import MiniLM

    folder = settings.get(PATH_VARIABLE)
    return MiniLM(Path(folder).expanduser() if folder else None)


class QueryCache:
    """Vectors of the last queries: asking the same again costs no model run. Safe to share between threads.

    It is an :class:`Embedder` itself, for whoever asks about the same words, as the router does.
    """

    def __init__(self, embedder: Embedder, size: int = 512) -> None:
        self._embedder = embedder
        self._size = size
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = Lock()

    @property
    def name(self) -> str:
        """The model's name."""
        return self._embedder.name

    @property
    def dimensions(self) -> int:
        """The length of each vector."""
        return self._embedder.dimensions

    def embed(self, texts: Sequence[str]) -> "Vectors":
        """Vectors of shape ``(len(texts), dimensions)``; the new ones by one run of the model."""
        import numpy as np

        with self._lock:
            known = {text: self._vectors[text] for text in texts if text in self._vectors}
        fresh = [text for text in dict.fromkeys(texts) if text not in known]
        if fresh:
            known |= zip(fresh, self._embedder.embed(fresh), strict=True)
            for text in fresh:
                self._keep(text, known[text])
        return np.stack([known[text] for text in texts]) if texts else np.zeros((0, self.dimensions), np.float32)

    def vector(self, query: str) -> "Vectors":
        """The vector of one query, shape ``(dimensions,)``; treat it as read-only."""
        with self._lock:
            if query in self._vectors:
                self._vectors.move_to_end(query)
                return self._vectors[query]
        vector: Vectors = self._embedder.embed([query])[0]
        self._keep(query, vector)
        return vector

    def _keep(self, query: str, vector: "Vectors") -> None:
        vector.setflags(write=False)
        with self._lock:
            self._vectors[query] = vector
            while len(self._vectors) > self._size:
                self._vectors.popitem(last=False)

    def clear(self) -> None:
        """Forget every query, for example because one of them named a person who is to be erased."""
        with self._lock:
            self._vectors.clear()
