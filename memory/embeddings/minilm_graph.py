"""all-MiniLM-L6-v2 as an ONNX graph, made from the published weights: the same formulas as :mod:`.minilm`."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .minilm_onnx import FLOAT, INT64, Graph
from .safetensors import Tensors

LAYERS, WIDTH, HEADS = 6, 384, 12
EPSILON = 1e-12
TOKENS_PER_RUN = 2048
NEVER = np.float32(-1e9)


def minilm_graph(tensors: Tensors) -> bytes:
    """The model: token ids of shape ``(texts, tokens)`` to the mean of the token vectors, ``(texts, 384)``.

    Further inputs: ``hidden``, added to the attention scores, 0 for a token and a large negative number for padding;
    ``share``, each token's weight in the mean.
    """
    graph = Graph()
    ids = graph.input("ids", INT64, ("texts", "tokens"))
    hidden = graph.input("hidden", FLOAT, ("texts", 1, 1, "tokens"))
    share = graph.input("share", FLOAT, ("texts", 1, "tokens"))
    at = graph.input("at", INT64, ("tokens",))

    def norm(x: str, name: str) -> str:
        weight, bias = (graph.constant(tensors[f"{name}.{part}"]) for part in ("weight", "bias"))
        return graph.node("LayerNormalization", x, weight, bias, axis=-1, epsilon=EPSILON)

    def dense(x: str, name: str, scale: float = 1.0) -> str:
        weight = np.ascontiguousarray(tensors[f"{name}.weight"].T) * np.float32(scale)
        product = graph.node("MatMul", x, graph.constant(weight))
        return graph.node("Add", product, graph.constant(tensors[f"{name}.bias"] * np.float32(scale)))

    parted = graph.constant(np.array([0, 0, HEADS, WIDTH // HEADS], np.int64))
    joined = graph.constant(np.array([0, 0, WIDTH], np.int64))

    def heads(x: str, order: Sequence[int]) -> str:
        return graph.node("Transpose", graph.node("Reshape", x, parted), perm=order)

    places = tensors["embeddings.position_embeddings.weight"] + tensors["embeddings.token_type_embeddings.weight"][0]
    words = graph.node("Gather", graph.constant(tensors["embeddings.word_embeddings.weight"]), ids)
    x = norm(
        graph.node("Add", words, graph.node("Gather", graph.constant(places), at)),
        "embeddings.LayerNorm",
    )
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}."
        own = layer + "attention.self."
        query = heads(dense(x, own + "query", (WIDTH // HEADS) ** -0.5), (0, 2, 1, 3))
        key = heads(dense(x, own + "key"), (0, 2, 3, 1))
        value = heads(dense(x, own + "value"), (0, 2, 1, 3))
        scores = graph.node("Add", graph.node("MatMul", query, key), hidden)
        mixed = graph.node("MatMul", graph.node("Softmax", scores, axis=-1), value)
        flat = graph.node("Reshape", graph.node("Transpose", mixed, perm=(0, 2, 1, 3)), joined)
        x = norm(
            graph.node("Add", dense(flat, layer + "attention.output.dense"), x), layer + "attention.output.LayerNorm"
        )
        inner = graph.node("Gelu", dense(x, layer + "intermediate.dense"))
        x = norm(graph.node("Add", dense(inner, layer + "output.dense"), x), layer + "output.LayerNorm")
    return graph.model(graph.node("MatMul", share, x), FLOAT, ("texts", 1, WIDTH))


class OnnxRun:
    """The graph in onnxruntime.

    Args:
        tensors: the weights.
        threads: how many; 0 for as many as there are cores.
    """

    def __init__(self, tensors: Tensors, threads: int = 0) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        # Threads that wait by spinning take the cores from everything else that runs.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session: Any = onnxruntime.InferenceSession(
            minilm_graph(tensors), options, providers=["CPUExecutionProvider"]
        )

    def run(self, ids: list[NDArray[np.int64]]) -> NDArray[np.float32]:
        """Unit vectors of tokenised texts of about the same length."""
        lengths = np.array([len(row) for row in ids])
        longest = int(lengths.max())
        real = np.arange(longest) < lengths[:, None]
        padded = np.zeros(real.shape, np.int64)
        padded[real] = np.concatenate(ids)
        given = {
            "ids": padded,
            "hidden": np.where(real, np.float32(0), NEVER)[:, None, None, :],
            "share": (real / lengths[:, None]).astype(np.float32)[:, None, :],
            "at": np.arange(longest),
        }
        means = self._session.run(None, given)[0][:, 0, :]
        unit: NDArray[np.float32] = means / np.linalg.norm(means, axis=1, keepdims=True)
        return unit
