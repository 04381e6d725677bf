"""Sealed checkpoints show when somebody changed them.

Each blob carries an HMAC-SHA256 (RFC 2104) under a key that lies outside the database, checked whenever it is read.
When a run pauses, a hash over all rows that its checkpoints and pending writes consist of goes into the audit log,
which also shows rows that were removed, added, swapped or set back.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from ...policies.errors import Tampered

SECRET = "checkpoints"  # noqa: S105 - what the key is for
MARK = "+hmac"
_MAC_BYTES = 32
_CHANGED = (
    "A checkpoint is not as it was written: it was changed, or the key folder is another one. Nothing was run on it; "
    "restore both from one backup, or ask again."
)

LOCAL_TABLES = {
    "checkpoints": "thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, type, checkpoint, metadata",
    "writes": "thread_id, checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, type, value",
}
SHARED_TABLES = {
    "checkpoints": "thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, type, "
    "checkpoint::text AS checkpoint, metadata::text AS metadata",
    "checkpoint_blobs": "thread_id, checkpoint_ns, channel, version, type, blob",
    "checkpoint_writes": "thread_id, checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, type, blob",
}
"""The columns that LangGraph's savers read, by table."""


class SealedSerializer(JsonPlusSerializer):
    """Plain data only, and only what was written with this key.

    Args:
        key: returns the secret, 32 bytes; asked when it is first needed.
    """

    def __init__(self, key: Callable[[], bytes]) -> None:
        super().__init__(allowed_msgpack_modules=None)
        self._ask = key
        self._key = b""

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """The kind and the bytes of a value, the bytes with their HMAC before them."""
        kind, data = super().dumps_typed(obj)
        return f"{kind}{MARK}", self._mac(kind, data) + data

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """The value.

        Raises:
            Tampered: it is not what was written.
        """
        marked, sealed = data
        return super().loads_typed(self._checked(marked, sealed))

    def _checked(self, marked: str, sealed: bytes) -> tuple[str, bytes]:
        if not isinstance(marked, str) or not isinstance(sealed, bytes) or not marked.endswith(MARK):
            raise Tampered(_CHANGED)
        kind, mac, content = marked.removesuffix(MARK), sealed[:_MAC_BYTES], sealed[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(kind, content)):
            raise Tampered(_CHANGED)
        return kind, content

    def _mac(self, kind: str, data: bytes) -> bytes:
        self._key = self._key or self._ask()
        return hmac.digest(self._key, kind.encode() + b"\n" + data, hashlib.sha256)


def compute_checkpoint_seal(tables: Mapping[str, Iterable[Iterable[Any]]]) -> str:
    """SHA-256 over rows, as 64 hex digits; empty when there are none.

    Args:
        tables: the rows of each table, in any order, each with its columns in one order.
    """
    hasher, some = hashlib.sha256(), False
    for name, rows in sorted(tables.items()):
        told = sorted(b"".join(_field(value) for value in row) for row in rows)
        some = some or bool(told)
        hasher.update(_field(name) + _field(len(told)) + b"".join(_field(row) for row in told))
    return hasher.hexdigest() if some else ""


def _field(value: Any) -> bytes:
    """A value so that neither its kind nor where it ends can be mistaken."""
    if value is None:
        return b"n0:"
    if isinstance(value, bytes | memoryview):
        kind, content = b"b", bytes(value)
    else:
        kind, content = type(value).__name__[:1].encode(), str(value).encode()
    return kind + str(len(content)).encode() + b":" + content
