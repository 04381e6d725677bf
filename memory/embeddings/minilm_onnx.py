"""Writing an ONNX model without the package that does so: the few messages of its format that a graph needs.

Format: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, in Protocol Buffers' wire format
(https://protobuf.dev/programming-guides/encoding).
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

FLOAT, INT64 = 1, 7
IR_VERSION, OPSET = 9, 20
_VARINT, _LENGTH, _FIXED32 = 0, 2, 5
_ATTRIBUTE_FLOAT, _ATTRIBUTE_INT, _ATTRIBUTE_INTS = 1, 2, 7


@dataclass
class Graph:
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
