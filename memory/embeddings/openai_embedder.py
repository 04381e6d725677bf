"""This embedder asks any endpoint that speaks OpenAI's wire protocol."""

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...policies.errors import BadInput, Unavailable

if TYPE_CHECKING:
    from langchain_openai import OpenAIEmbeddings

# What OpenAI's own models return; other models need COUNTERSIGN_EMBEDDING_DIMENSIONS.
KNOWN_DIMENSIONS = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072, "text-embedding-ada-002": 1536}


class OpenAIEmbedder:
    """One model of one endpoint.

    Args:
        model: the model's name at the endpoint.
        dimensions: the length of its vectors.
        base_url: the endpoint, or ``None`` for OpenAI's.
        api_key: sent as the bearer token; local endpoints often need none.
        timeout: seconds to wait for one request.
    """

    def __init__(
        self, model: str, dimensions: int, *, base_url: str | None = None, api_key: str = "none", timeout: float = 30.0
    ) -> None:
        self._model = model
        self.dimensions = dimensions
        self._base_url = base_url
        self._api_key = api_key
        self._timeout = timeout
        self._client: OpenAIEmbeddings | None = None
        self._lock = Lock()

    @classmethod
    def from_settings(cls, model: str, settings: Mapping[str, str]) -> "OpenAIEmbedder":
        """From ``OPENAI_BASE_URL``, ``OPENAI_API_KEY`` and ``COUNTERSIGN_EMBEDDING_DIMENSIONS``.

        Raises:
            BadInput: the dimensions are missing for a model that is not OpenAI's, or not a whole number.
        """
        given = settings.get("COUNTERSIGN_EMBEDDING_DIMENSIONS") or str(KNOWN_DIMENSIONS.get(model, ""))
        try:
            dimensions = int(given)
        except ValueError:
            dimensions = 0
        if dimensions < 1:
            raise BadInput(
                f"The length of the vectors of embedding model {model!r} is not known. "
                "Set COUNTERSIGN_EMBEDDING_DIMENSIONS to it, a whole number."
            )
        return cls(
            model,
            dimensions,
            base_url=settings.get("OPENAI_BASE_URL"),
            api_key=settings.get("OPENAI_API_KEY") or "none",
        )

    @property
    def name(self) -> str:
        """The model and the length of its vectors; the endpoint may move without a new index."""
        return f"openai:{self._model}:{self.dimensions}"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of shape ``(len(texts), dimensions)``, each of length 1.

        Raises:
            Unavailable: the endpoint did not answer, refused, or sent vectors of another length.
        """
        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        from openai import OpenAIError

        try:
            # An empty text is refused by the protocol; a space is not.
            answer = self._open().embed_documents([text or " " for text in texts])
        except OpenAIError as error:
            raise Unavailable(
                f"The embedding model {self._model!r} did not answer ({type(error).__name__}). "
                "Check OPENAI_BASE_URL, OPENAI_API_KEY and COUNTERSIGN_EMBEDDING_MODEL, then try again."
            ) from error
        vectors = np.asarray(answer, np.float32)
        if vectors.shape != (len(texts), self.dimensions):
            raise Unavailable(
                f"The embedding model {self._model!r} sent vectors of shape {vectors.shape}, expected "
                f"{(len(texts), self.dimensions)}. Set COUNTERSIGN_EMBEDDING_DIMENSIONS to what it sends."
            )
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: NDArray[np.float32] = vectors / np.maximum(norms, np.float32(1e-12))
        return unit

    def _open(self) -> "OpenAIEmbeddings":
        with self._lock:
            if self._client is None:
                from langchain_openai import OpenAIEmbeddings
                from pydantic import SecretStr

                settings: dict[str, Any] = {
                    "model": self._model,
                    "base_url": self._base_url,
                    "api_key": SecretStr(self._api_key),
                    "timeout": self._timeout,
                    # Plain strings instead of OpenAI's token ids: other servers understand only those, and
                    # counting tokens would need a download.
                    "check_embedding_ctx_length": False,
                }
                self._client = OpenAIEmbeddings(**settings)
            return self._client
