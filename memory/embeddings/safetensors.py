"""This module reads a safetensors file: eight bytes of header length, a JSON header, then the raw tensors.

Format: https://github.com/huggingface/safetensors, section "Format".
"""

import json
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...policies.errors import Tampered

Tensors: TypeAlias = dict[str, NDArray[np.float32]]


def read_tensors(path: Path) -> Tensors:
    """The float32 tensors of one file, by name; read lazily from disk as they are used, and read-only.

    Raises:
        Tampered: the file is not a whole safetensors file.
    """
    try:
        data = np.asarray(np.memmap(path, np.uint8, mode="r"))
        size = int.from_bytes(data[:8].tobytes(), "little")
        header = json.loads(data[8 : 8 + size].tobytes())
        return {
            name: data[8 + size + about["data_offsets"][0] : 8 + size + about["data_offsets"][1]]
            .view(np.float32)
            .reshape(about["shape"])
            for name, about in header.items()
            if name != "__metadata__" and about["dtype"] == "F32"
        }
    except (ValueError, KeyError, TypeError) as error:
        raise Tampered(f"{path} is not a whole safetensors file. Install the embedding model again.") from error
