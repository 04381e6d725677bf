"""Embeddings turn text into vectors, behind the port in `embedder`.

MiniLM is the default and runs offline on the CPU: `minilm` in NumPy or, with `minilm_onnx`, in onnxruntime, from
weights that `safetensors` reads. `openai_embedder` asks any OpenAI-compatible endpoint instead.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .embedder import MODEL_VARIABLE as MODEL_VARIABLE
    from .embedder import PATH_VARIABLE as PATH_VARIABLE
    from .embedder import Embedder as Embedder
    from .embedder import QueryCache as QueryCache
    from .embedder import open_embedder as open_embedder
    from .minilm import MiniLM as MiniLM

__getattr__ = export_lazily(
    __name__,
    {
        "embedder": "Embedder MODEL_VARIABLE open_embedder PATH_VARIABLE QueryCache",
        "minilm": "MiniLM",
    },
)
