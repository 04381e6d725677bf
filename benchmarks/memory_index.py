"""Recall and time of the vector index on real clause embeddings: Chroma's settings against exact search, in one run.

Run: ``python benchmarks/memory_index.py [texts]``. Reads the contracts of ``../shared/data/cuad`` beside the checkout.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import cast

import chromadb
import numpy as np
from chromadb.api.collection_configuration import CreateCollectionConfiguration
from chromadb.config import Settings
from countersign.memory.embeddings.minilm import MiniLM
from countersign.memory.index.chroma import HNSW
from countersign.memory.ingest.chunking import chunk_document

CONTRACTS = Path(__file__).parents[1] / "../shared/data/cuad/contracts"
SETTINGS = [(16, 100, 10), (16, 100, 100), (16, 100, 200), (32, 200, 100), (32, 200, 200), (32, 200, 400)]
QUERIES, NEAREST = 100, 10


def timed(call: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def nearest(base: np.ndarray, query: np.ndarray) -> np.ndarray:
    """The places of the nearest vectors, best first."""
    return np.argsort(-(base @ query))[:NEAREST]


def main(count: int) -> None:
    """Prints one line per setting."""
    texts = [
        chunk.text
        for file in sorted(CONTRACTS.glob("*.txt"))
        for chunk in chunk_document(file.read_text(errors="replace"), 250)
        if len(chunk.text) > 60
    ]
    if not texts:
        sys.exit(f"No contracts in {CONTRACTS}. The benchmark needs them.")
    chosen = np.random.default_rng(0).permutation(len(texts))[: count + QUERIES]
    started = time.perf_counter()
    vectors = MiniLM().embed([texts[at] for at in chosen])
    each = (time.perf_counter() - started) / len(vectors) * 1000
    queries, base = vectors[:QUERIES], vectors[QUERIES:]
    print(f"{len(vectors)} clauses embedded, {each:.1f} ms each")
    exact = [timed(partial(nearest, base, query)) for query in queries]
    print(f"exact in NumPy: recall 1.0000, {statistics.median(exact):.2f} ms")
    # A clause that stands in two contracts is as near as its twin: what counts is the similarity, not the id.
    bounds = -np.sort(-(queries @ base.T), axis=1)[:, NEAREST - 1] - 1e-4
    for neighbours, construction, search in SETTINGS:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            client = chromadb.PersistentClient(folder, settings=Settings(anonymized_telemetry=False))
            chosen_settings = {"max_neighbors": neighbours, "ef_construction": construction, "ef_search": search}
            settings = cast(CreateCollectionConfiguration, {"hnsw": HNSW | chosen_settings})
            collection = client.create_collection("clauses", embedding_function=None, configuration=settings)
            started = time.perf_counter()
            for at in range(0, len(base), 2000):
                fill(collection, base, at)
            build = time.perf_counter() - started
            times, hits = [], 0
            for query, bound in zip(queries, bounds, strict=True):
                started = time.perf_counter()
                found = collection.query(query_embeddings=[query], n_results=NEAREST, include=["distances"])
                times.append((time.perf_counter() - started) * 1000)
                hits += sum(1 - distance >= bound for distance in (found["distances"] or [[]])[0])
            mark = "  <- used" if HNSW | chosen_settings == HNSW else ""
            name = f"M {neighbours} construction {construction} search {search}"
            share, middle = hits / QUERIES / NEAREST, statistics.median(times)
            print(f"{name}: recall@10 {share:.4f}, p50 {middle:.2f} ms, build {build:.1f} s{mark}")


def fill(collection: chromadb.Collection, base: np.ndarray, at: int) -> None:
    """Adds up to 2,000 vectors."""
    some = base[at : at + 2000]
    collection.add(ids=[str(at + number) for number in range(len(some))], embeddings=some)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4000)
