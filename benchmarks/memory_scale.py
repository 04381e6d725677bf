"""Put, get and search as memory grows: our store beside raw Chroma and NumPy, in one run.

Run: ``python benchmarks/memory_scale.py [items ...]``. Each system works in a process of its own, for its memory; the
queries go round in turns, so that a noisy machine is noisy for all. Vectors are random in clusters of about 25, as a
model's are (embedding 100,000 texts would take half an hour); every system is given the same ones, and embedding is in
none of the times. Each search returns the values of the ten nearest items. Where the store uses Chroma (large tenants),
its index is complete before the queries begin.
"""

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

if TYPE_CHECKING:
    from chromadb.api.collection_configuration import CreateCollectionConfiguration

WIDTH, NEAREST, ROUNDS, IN_A_ROUND, TENANTS, BATCH = 384, 10, 10, 20, 100, 1000
SPREAD = 0.8


def vectors_of(count: int, clusters: int, seed: int) -> np.ndarray:
    """Unit vectors in clusters, shape ``(count, 384)``."""
    centres = np.random.default_rng(7).standard_normal((clusters, WIDTH), np.float32)
    random = np.random.default_rng(seed)
    made = centres[random.integers(0, clusters, count)]
    made += SPREAD * random.standard_normal((count, WIDTH), np.float32)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return made


class Given:
    """An embedder that knows the vectors of its texts beforehand: ``item 17`` and ``query 3``."""

    name, dimensions = "given", WIDTH

    def __init__(self, items: np.ndarray, queries: np.ndarray) -> None:
        self._known = {"item": items, "query": queries}

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Their vectors."""
        split = [text.split() for text in texts]
        return np.stack([self._known[kind][int(at)] for kind, at in split]) if split else np.zeros((0, WIDTH), "f4")


class Ours:
    """The store, with its rows in SQLite and its index in embedded Chroma."""

    def __init__(self, folder: Path, items: np.ndarray, queries: np.ndarray, tenants: int) -> None:
        from countersign.memory.adapters.langgraph_store import ChromaStore
        from countersign.memory.memory import Memory
        from countersign.policies.domain.principal import Principal
        from countersign.policies.storage.database import make_sqlite_url, open_database

        self._memory = Memory.open(folder, open_database(make_sqlite_url(folder / "m.db")), Given(items, queries))
        self._stores = [ChromaStore(self._memory, Principal("u", f"tenant-{at}")) for at in range(tenants)]

    def load(self, numbers: Sequence[int], tenant: int) -> None:
        """Writes many."""
        from langgraph.store.base import PutOp

        self._stores[tenant].batch(
            [PutOp(("items",), str(at), {"text": f"item {at}", "n": at}, ["text"]) for at in numbers]
        )

    def ready(self, count: int, tenant: int) -> None:
        """Makes the index complete."""
        from countersign.memory.index.vector_index import INDEX_LIMITS

        self.search(0, tenant)
        if count >= INDEX_LIMITS.exact_below:
            self._memory.index.settle(f"tenant-{tenant}")

    def put(self, number: int, tenant: int) -> None:
        """Writes one."""
        self._stores[tenant].put(("items",), str(number), {"text": f"item {number}", "n": number}, ["text"])

    def get(self, number: int, tenant: int) -> Any:
        """Reads one."""
        return self._stores[tenant].get(("items",), str(number))

    def search(self, query: int, tenant: int) -> list[int]:
        """The nearest ten."""
        self._memory.queries.clear()
        return [item.value["n"] for item in self._stores[tenant].search(("items",), query=f"query {query}")]


class RawChroma:
    """Chroma with the same index settings, and nothing around it."""

    def __init__(self, folder: Path, items: np.ndarray, queries: np.ndarray, tenants: int) -> None:
        import chromadb
        from chromadb.config import Settings
        from countersign.memory.index.chroma import HNSW

        client = chromadb.PersistentClient(folder, settings=Settings(anonymized_telemetry=False))
        self._items, self._queries = items, queries
        settings = cast("CreateCollectionConfiguration", {"hnsw": HNSW})
        self._in = [
            client.create_collection(f"tenant-{at}", embedding_function=None, configuration=settings)
            for at in range(tenants)
        ]

    def load(self, numbers: Sequence[int], tenant: int) -> None:
        """Writes many."""
        self._in[tenant].upsert(
            ids=[str(at) for at in numbers],
            embeddings=self._items[numbers],
            documents=[f"item {at}" for at in numbers],
            metadatas=[{"n": at, "namespace": "items"} for at in numbers],
        )

    def ready(self, _count: int, tenant: int) -> None:
        """Makes the index complete."""
        self.search(0, tenant)

    def put(self, number: int, tenant: int) -> None:
        """Writes one."""
        self.load([number], tenant)

    def get(self, number: int, tenant: int) -> Any:
        """Reads one."""
        return self._in[tenant].get(ids=[str(number)])

    def search(self, query: int, tenant: int) -> list[int]:
        """The nearest ten, with what was stored, as a caller needs it."""
        found = self._in[tenant].query(query_embeddings=[self._queries[query]], n_results=NEAREST)
        return [int(str(note["n"])) for note in (found["metadatas"] or [[]])[0]]


class Exact:
    """A matrix and a dictionary in memory: nothing is kept."""

    def __init__(self, _folder: Path, items: np.ndarray, queries: np.ndarray, tenants: int) -> None:
        self._items, self._queries = items, queries
        self._at: list[list[int]] = [[] for _ in range(tenants)]
        self._matrix: list[Any] = [None] * tenants

    def load(self, numbers: Sequence[int], tenant: int) -> None:
        """Writes many."""
        self._at[tenant] += numbers
        self._matrix[tenant] = None

    def ready(self, _count: int, tenant: int) -> None:
        """Makes the index complete."""
        self.search(0, tenant)

    def put(self, number: int, tenant: int) -> None:
        """Writes one."""
        self.load([number], tenant)

    def get(self, number: int, _tenant: int) -> Any:
        """Reads one."""
        return {"n": number, "text": f"item {number}"}

    def search(self, query: int, tenant: int) -> list[int]:
        """The nearest ten, compared with all."""
        if self._matrix[tenant] is None:
            self._matrix[tenant] = self._items[self._at[tenant]]
        scores = self._matrix[tenant] @ self._queries[query]
        best = np.argpartition(-scores, min(NEAREST, len(scores) - 1))[:NEAREST]
        return [self._at[tenant][at] for at in best[np.argsort(-scores[best])]]


SYSTEMS: dict[str, Callable[..., Any]] = {"ours": Ours, "raw Chroma": RawChroma, "NumPy, exact": Exact}


def work(pipe: Any, name: str, count: int, tenants: int) -> None:
    """A process with one system: loads, then answers what it is asked, with times."""
    clusters = max(4, count // 25)
    items, queries = vectors_of(count + 500, clusters, 1), vectors_of(ROUNDS * IN_A_ROUND, clusters, 2)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        before = rss()
        system = SYSTEMS[name](Path(place), items, queries, tenants)
        share = [list(range(at, count, tenants)) for at in range(tenants)]
        started = time.perf_counter()
        for tenant, numbers in enumerate(share):
            for start in range(0, len(numbers), BATCH):
                system.load(numbers[start : start + BATCH], tenant)
        for tenant in range(tenants):
            system.ready(len(share[tenant]), tenant)
        pipe.send((time.perf_counter() - started) / count * 1000)
        fresh = count
        while (asked := pipe.recv()) is not None:
            kind, at = asked
            tenant = at % tenants
            if kind == "search":
                pipe.send(timed(lambda: system.search(at, tenant)))  # noqa: B023 - called at once
            elif kind == "get":
                pipe.send(timed(lambda: system.get(share[tenant][at % len(share[tenant])], tenant)))  # noqa: B023
            elif kind == "put":
                pipe.send(timed(lambda: system.put(fresh, tenant)))  # noqa: B023
                fresh += 1
            else:
                used = sum(file.stat().st_size for file in Path(place).rglob("*") if file.is_file())
                pipe.send((rss() - before, used / 2**20))
    pipe.close()


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Milliseconds of one call, and what it returned when that is plain."""
    started = time.perf_counter()
    found = call()
    return (time.perf_counter() - started) * 1000, found if isinstance(found, list) else None


def rss() -> float:
    """The memory that this process holds now, in MB (where there is no /proc: the most it held so far)."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmRSS:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(count: int, tenants: int) -> dict[str, dict[str, Any]]:
    """What each system does with so many items, spread over so many tenants."""
    context = multiprocessing.get_context("spawn")
    pipes, workers, found = {}, [], {}
    for name in SYSTEMS:
        pipes[name], other = context.Pipe()
        workers.append(context.Process(target=work, args=(other, name, count, tenants)))
        workers[-1].start()
        found[name] = {"load": pipes[name].recv()}
    for kind in ("search", "get", "put", "search after a put"):
        times: dict[str, list[float]] = {name: [] for name in SYSTEMS}
        answers: dict[str, list[Any]] = {name: [] for name in SYSTEMS}
        for round_ in range(ROUNDS):
            for name, pipe in pipes.items():
                for at in range(round_ * IN_A_ROUND, (round_ + 1) * IN_A_ROUND):
                    if kind == "search after a put":
                        pipe.send(("put", at))
                        pipe.recv()
                    pipe.send((kind.split()[0], at))
                    spent, answer = pipe.recv()
                    times[name].append(spent)
                    answers[name].append(answer)
        for name in SYSTEMS:
            found[name][kind] = tuple(np.percentile(times[name], (50, 95)))
            if kind == "search":
                same = [len(set(a) & set(b)) for a, b in zip(answers[name], answers["NumPy, exact"], strict=True)]
                found[name]["recall"] = sum(same) / len(same) / NEAREST
    for name, pipe in pipes.items():
        pipe.send(("size", 0))
        found[name]["rss"], found[name]["disk"] = pipe.recv()
        pipe.send(None)
    for worker in workers:
        worker.join()
    return found


def main(sizes: Sequence[int], tenants: int) -> None:
    """Prints a table for each size, and one with many tenants."""
    print("ms each: p50/p95. load: in batches of 1,000, with the index made. after: a search directly after a put.")
    for count, among in [*((size, 1) for size in sizes), (max(10_000, min(sizes)), tenants)]:
        found = measure(count, among)
        of_whom = f"{count:,} items, {among} tenant{'s' if among > 1 else ''}"
        print(f"\n{of_whom}")
        for name, of in found.items():
            columns = [
                f"{title} {of[kind][0]:.2f}/{of[kind][1]:.2f}"
                for title, kind in (
                    ("search", "search"),
                    ("get", "get"),
                    ("put", "put"),
                    ("after", "search after a put"),
                )
            ]
            print(
                f"  {name:13} {'  '.join(columns)}  load {of['load']:.2f}  recall@10 {of['recall']:.3f}  "
                f"RSS +{of['rss']:.0f} MB  disk {of['disk']:.0f} MB"
            )
        ours, raw = found["ours"], found["raw Chroma"]
        p50, p95 = (ours["search"][at] / raw["search"][at] for at in (0, 1))
        print(f"  {of_whom}: a search takes {p50:.2f} times raw Chroma's at p50, {p95:.2f} times at p95", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("items", type=int, nargs="*", default=[1_000, 10_000, 100_000], help="how many items, per run")
    parser.add_argument("--tenants", type=int, default=TENANTS, help="tenants of the last run (default %(default)s)")
    options = parser.parse_args()
    main(options.items or [1_000, 10_000, 100_000], options.tenants)
