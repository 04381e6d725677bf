"""Named arrays and a line of JSON make one ``.npz``, whose bytes depend on nothing but what is in it."""

import json
import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MADE = (1980, 1, 1, 0, 0, 0)
# RuntimeError: a bit that says "encrypted", or "packed in another way"; both are flipped as easily as any other.
_DAMAGED = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    EOFError,
    AttributeError,
    RuntimeError,
    MemoryError,
    zipfile.BadZipFile,
    zlib.error,
)


def pack_arrays(record: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """The file; the same contents give the same bytes."""
    whole = BytesIO()
    named = {"record": np.frombuffer(json.dumps(record).encode(), dtype=np.uint8), **arrays}
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in named.items():
            part = BytesIO()
            np.lib.format.write_array(part, np.ascontiguousarray(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _MADE), part.getvalue(), zipfile.ZIP_DEFLATED)
    return whole.getvalue()


def unpack_arrays(data: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """The record and the arrays; nothing in the file is ever run.

    Raises:
        ValueError: it is no such file.
    """
    try:
        with np.load(BytesIO(data), allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
        return dict(json.loads(arrays.pop("record").tobytes())), arrays
    except _DAMAGED as error:
        raise ValueError(f"it is no file of arrays: {error}") from error
