"""Embedding with all-MiniLM-L6-v2 in NumPy and in onnxruntime: texts a second, and how far their vectors differ.

Run: ``python benchmarks/embedding_speed.py``. The texts are pieces of the contracts of ``../shared/data/cuad`` beside
the checkout. Both ways get the same tokens, in turns; the best of three rounds counts, because the machine may be busy.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from countersign.memory.embeddings.minilm import MAX_TOKENS, _cut_runs, _NumpyRunner, locate_model
from countersign.memory.embeddings.minilm_onnx import OnnxRunner
from countersign.memory.embeddings.safetensors import read_tensors
from tokenizers import Tokenizer

CONTRACTS = Path(__file__).parents[1] / "../shared/data/cuad/contracts"
ROUNDS = 3
SETS = (
    ("one question", 1, 5, 12),
    ("questions", 128, 5, 12),
    ("passages", 64, 40, 120),
    ("long clauses", 32, 180, 220),
)


def texts_of(words: Sequence[str], count: int, shortest: int, longest: int) -> list[str]:
    """Pieces of running text with so many words."""
    random = np.random.default_rng(0)
    sizes = random.integers(shortest, longest + 1, count)
    starts = random.integers(0, len(words) - longest, count)
    return [" ".join(words[start : start + size]) for start, size in zip(starts, sizes, strict=True)]


def embedded(route: _NumpyRunner | OnnxRunner, ids: list[np.ndarray]) -> tuple[np.ndarray, float]:
    """The vectors, and the seconds they took."""
    started = time.perf_counter()
    found = np.concatenate([route.run(ids[run]) for run in _cut_runs([len(row) for row in ids])])
    return found, time.perf_counter() - started


def main() -> None:
    """Prints a line for each kind of text.

    Raises:
        SystemExit: the contracts are not there, or the vectors differ by more than 1e-4.
    """
    files = sorted(CONTRACTS.glob("*.txt"))[:5]
    if not files:
        sys.exit(f"No contracts in {CONTRACTS}. The benchmark needs them.")
    words = " ".join(file.read_text(errors="replace") for file in files).split()
    folder = locate_model(None)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.no_padding()
    tensors = read_tensors(folder / "model.safetensors")
    makers: dict[str, type[_NumpyRunner | OnnxRunner]] = {"NumPy": _NumpyRunner, "onnxruntime": OnnxRunner}
    routes: dict[str, _NumpyRunner | OnnxRunner] = {}
    for name, make in makers.items():
        started = time.perf_counter()
        routes[name] = make(tensors)
        print(f"{name}: ready in {time.perf_counter() - started:.2f} s")
    worst = 0.0
    for what, count, shortest, longest in SETS:
        found = tokenizer.encode_batch_fast(texts_of(words, count, shortest, longest))
        ids = sorted((np.array(one.ids, np.int64) for one in found), key=len)
        best = dict.fromkeys(routes, float("inf"))
        vectors = {}
        for _ in range(ROUNDS * (5 if count == 1 else 1)):
            for name, route in routes.items():
                vectors[name], spent = embedded(route, ids)
                best[name] = min(best[name], spent)
        worst = max(worst, float(np.abs(vectors["NumPy"] - vectors["onnxruntime"]).max()))
        speeds = ", ".join(
            f"{name} {count / spent:.0f}/s ({spent / count * 1000:.1f} ms each)" for name, spent in best.items()
        )
        tokens, times = sum(map(len, ids)) / count, best["NumPy"] / best["onnxruntime"]
        print(f"{what} ({tokens:.0f} tokens): {speeds}, {times:.1f} times", flush=True)
    print(f"largest difference of a component: {worst:.1e}")
    if worst > 1e-4:
        sys.exit("The two ways give different vectors.")


if __name__ == "__main__":
    main()
