"""The vectors of extensions' examples are kept beside the records, so that a new process need not make them again.

The file holds nothing that the examples do not hold. Whatever is wrong with it, the vectors are made anew.
"""

import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np

from ...memory.embeddings.embedder import Embedder
from ...tools.scoring.npz import pack_arrays, unpack_arrays
from .classifier import Floats

log = logging.getLogger(__name__)


def embed_examples(texts: Sequence[str], embedder: Embedder, kept: Path | None) -> Floats:
    """Vectors of shape ``(len(texts), dimensions)``.

    Args:
        texts: the examples as the router reads them.
        embedder: makes those that are not kept.
        kept: the file; None to keep nothing.
    """
    digest = _digest(texts, embedder)
    shape = (len(texts), embedder.dimensions)
    if kept is not None and (found := _read(kept, digest, shape)) is not None:
        return found
    vectors = np.asarray(embedder.embed(texts), dtype=np.float32)
    if kept is not None:
        _write(kept, digest, vectors)
    return vectors


def _digest(texts: Sequence[str], embedder: Embedder) -> str:
    return sha256("\n".join([embedder.name, *(f"{len(text)} {text}" for text in texts)]).encode()).hexdigest()


def _read(path: Path, digest: str, shape: tuple[int, int]) -> Floats | None:
    """The kept vectors, if they are of these texts."""
    try:
        record, arrays = unpack_arrays(path.read_bytes())
        vectors = arrays["vectors"].astype(np.float32)
        fits = record["digest"] == digest and vectors.shape == shape and bool(np.isfinite(vectors).all())
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return vectors if fits else None


def _write(path: Path, digest: str, vectors: Floats) -> None:
    """Keeps them; a folder that cannot be written only costs time at the next start."""
    aside: Path | None = None
    try:
        with NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as file:
            aside = Path(file.name)
            file.write(pack_arrays({"digest": digest}, {"vectors": vectors}))
        os.replace(aside, path)
    except OSError as error:
        log.info("The vectors of examples are not kept: %s", error)
        if aside is not None:
            with suppress(OSError):
                aside.unlink()
