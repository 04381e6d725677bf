"""all-MiniLM-L6-v2 is built here as an ONNX graph from the published weights, and run by onnxruntime.

The formulas are those of :mod:`.minilm`. The file is written without the ``onnx`` package, from the few messages of the
format that the graph needs: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, in Protocol Buffers' wire format
(https://protobuf.dev/programming-guides/encoding).
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .safetensors import Tensors

FLOAT, INT64 = 1, 7
IR_VERSION, OPSET = 9, 20
_VARINT, _LENGTH, _FIXED32 = 0, 2, 5
_ATTRIBUTE_FLOAT, _ATTRIBUTE_INT, _ATTRIBUTE_INTS = 1, 2, 7


@dataclass
class OnnxGraph:
    """A graph that is written node by node; each call returns the name of its result."""

    _nodes: list[bytes] = field(default_factory=list)
    _constants: list[bytes] = field(default_factory=list)
    _inputs: list[bytes] = field(default_factory=list)

    def input(self, name: str, kind: int, shape: Sequence[int | str]) -> str:
        """Something to feed; a dimension with a name may have any length."""
        self._inputs.append(_value(name, kind, shape))
        return name

    def constant(self, value: NDArray[Any]) -> str:
        """A fixed float32 or int64 tensor."""
        name = f"c{len(self._constants)}"
        kind = INT64 if value.dtype == np.int64 else FLOAT
        dimensions = b"".join(_number(1, size) for size in value.shape)
        raw = np.ascontiguousarray(value).tobytes()
        self._constants.append(dimensions + _number(2, kind) + _bytes(8, name.encode()) + _bytes(9, raw))
        return name

    def node(self, kind: str, *inputs: str, **attributes: float | int | Sequence[int]) -> str:
        """One operation with one result."""
        name = f"n{len(self._nodes)}"
        parts = [_bytes(1, one.encode()) for one in inputs]
        parts += [_bytes(2, name.encode()), _bytes(4, kind.encode()), *_attributes(attributes)]
        self._nodes.append(b"".join(parts))
        return name

    def model(self, result: str, kind: int, shape: Sequence[int | str]) -> bytes:
        """The whole model, with this result as its output."""
        graph = b"".join(
            [
                *(_bytes(1, node) for node in self._nodes),
                _bytes(2, b"graph"),
                *(_bytes(5, constant) for constant in self._constants),
                *(_bytes(11, given) for given in self._inputs),
                _bytes(12, _value(result, kind, shape)),
            ]
        )
        return _number(1, IR_VERSION) + _bytes(7, graph) + _bytes(8, _bytes(1, b"") + _number(2, OPSET))


def _attributes(attributes: Mapping[str, float | int | Sequence[int]]) -> list[bytes]:
    made = []
    for name, value in attributes.items():
        body = _bytes(1, name.encode())
        if isinstance(value, float):
            body += _key(2, _FIXED32) + struct.pack("<f", value) + _number(20, _ATTRIBUTE_FLOAT)
        elif isinstance(value, int):
            body += _number(3, value) + _number(20, _ATTRIBUTE_INT)
        else:
            body += b"".join(_number(8, one) for one in value) + _number(20, _ATTRIBUTE_INTS)
        made.append(_bytes(5, body))
    return made


def _value(name: str, kind: int, shape: Sequence[int | str]) -> bytes:
    sizes = b"".join(
        _bytes(1, _bytes(2, size.encode()) if isinstance(size, str) else _number(1, size)) for size in shape
    )
    return _bytes(1, name.encode()) + _bytes(2, _bytes(1, _number(1, kind) + _bytes(2, sizes)))


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1  # negative numbers are their two's complement
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _key(number: int, wire: int) -> bytes:
    return _varint(number << 3 | wire)


def _number(number: int, value: int) -> bytes:
    return _key(number, _VARINT) + _varint(value)


def _bytes(number: int, value: bytes) -> bytes:
    return _key(number, _LENGTH) + _varint(len(value)) + value


LAYERS, WIDTH, HEADS = 6, 384, 12
EPSILON = 1e-12
TOKENS_PER_RUN = 2048
MASKED_SCORE = np.float32(-1e9)


def build_minilm_graph(tensors: Tensors) -> bytes:
    """The model: token ids of shape ``(texts, tokens)`` to the mean of the token vectors, ``(texts, 384)``.

    Further inputs: ``hidden``, added to the attention scores, 0 for a token and a large negative number for padding;
    ``share``, each token's weight in the mean.
    """
    graph = OnnxGraph()
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


class OnnxRunner:
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
            build_minilm_graph(tensors), options, providers=["CPUExecutionProvider"]
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
            "hidden": np.where(real, np.float32(0), MASKED_SCORE)[:, None, None, :],
            "share": (real / lengths[:, None]).astype(np.float32)[:, None, :],
            "at": np.arange(longest),
        }
        means = self._session.run(None, given)[0][:, 0, :]
        unit: NDArray[np.float32] = means / np.linalg.norm(means, axis=1, keepdims=True)
        return unit
