"""Evidence recall in long conversations: hybrid recall, search by meaning alone, BM25 alone, in one run.

Run `python benchmarks/conversations.py [--half tuning|"held out"|both] [--talks N] [--json]`. The conversations and
their labelled questions are generated (`dialogues/generate.py`); each is remembered turn by turn, for its own user
alone, in one memory. Recall at k is the share of a question's evidence turns among the first k, averaged over
questions. Whatever in recall was chosen by measuring was chosen on the tuning half; it shares no wording, company or
user with the other.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from countersign.memory.embeddings.embedder import Embedder
from countersign.memory.embeddings.minilm import MiniLM
from countersign.memory.memory import Memory
from countersign.memory.records.items import NewMemory
from countersign.memory.search.vector_search import find_nearest_rows
from countersign.policies.domain.principal import Principal
from countersign.policies.storage.database import make_sqlite_url, open_database
from dialogues.generate import Talk, conversations
from vector_cache import CachedEmbedder

CUTS = (5, 10, 25)
TENANT = "halden-birch"
LATER = datetime(2026, 12, 1, tzinfo=UTC)
Search = Callable[[Principal, str], list[str]]


def remember(memory: Memory, talk: Talk) -> dict[str, int]:
    """Remembers every turn on the day it was said; returns the turn of each row."""
    who = Principal(talk.id, TENANT)
    turns: dict[str, int] = {}
    ends: dict[int, int] = {}
    for turn in talk.turns:
        start = ends.get(turn.session, 0)
        ends[turn.session] = start + len(turn.dated) + 1
        item = NewMemory(
            turn.dated,
            source=f"{talk.id}-session-{turn.session}",
            span=(start, start + len(turn.dated)),
            thread=talk.id,
            provenance="user",
        )
        said = datetime(turn.day.year, turn.day.month, turn.day.day, 9, tzinfo=UTC) + timedelta(seconds=turn.number)
        turns[memory.remember(who, item, now=said)] = turn.number
    return turns


def searches(memory: Memory) -> dict[str, Search]:
    """The rankings that are compared; each returns row ids, best first."""
    wide = max(CUTS)

    def hybrid(who: Principal, query: str) -> list[str]:
        return [found.id for found in memory.recall(who, query, limit=wide, now=LATER)]

    def dense(who: Principal, query: str) -> list[str]:
        scope = memory.scope(who, now=LATER, trusted_only=True)
        found = find_nearest_rows(memory.rows, memory.index, scope, memory.queries.vector(query), wide)
        return [row.id for row, _ in found]

    def words(who: Principal, query: str) -> list[str]:
        return memory.rows.search_words(memory.scope(who, now=LATER, trusted_only=True), query, wide)

    return {"hybrid": hybrid, "dense": dense, "bm25": words}


def measure(memory: Memory, talks: Sequence[Talk]) -> list[dict[str, Any]]:
    """One record a question: its type, and recall at each cut of each search."""
    records = []
    for talk in talks:
        turns = remember(memory, talk)
        who = Principal(talk.id, TENANT)
        for question in talk.questions:
            record: dict[str, Any] = {"half": talk.half, "type": question.type, "shape": question.shape}
            for name, search in searches(memory).items():
                started = time.perf_counter()
                found = [turns[row_id] for row_id in search(who, question.text)]
                record[f"{name} ms"] = (time.perf_counter() - started) * 1000
                for cut in CUTS:
                    record[f"{name}@{cut}"] = len(question.evidence & set(found[:cut])) / len(question.evidence)
            records.append(record)
    return records


def summary(records: Sequence[dict[str, Any]], field: str = "type") -> dict[str, dict[str, float]]:
    """Mean recall by type of question, and over all."""
    groups = {name: [one for one in records if one[field] == name] for name in dict.fromkeys(r[field] for r in records)}
    groups["all"] = list(records)
    return {
        name: {"questions": len(some)}
        | {key: statistics.mean(one[key] for one in some) for key in records[0] if "@" in key}
        for name, some in groups.items()
    }


def embedded(talks: Sequence[Talk], file: Path) -> Embedder:
    """The offline model with the vectors of all that is said, made in batches, or read from the file."""
    texts = sorted({turn.dated for talk in talks for turn in talk.turns}, key=len)
    known = CachedEmbedder(MiniLM(), file)
    known.save(texts, file)
    return CachedEmbedder(MiniLM(), file)


def run(talks: Sequence[Talk], embedder: Embedder, home: Path) -> list[dict[str, Any]]:
    """Measures in a memory of its own."""
    engine = open_database(make_sqlite_url(home / "memory.db"))
    try:
        with Memory.open(home, engine, embedder) as memory:
            return measure(memory, talks)
    finally:
        engine.dispose()


def table(found: dict[str, dict[str, float]]) -> str:
    """One line a type; the gain is hybrid over the better of the two others, at each cut."""
    lines = [f"{'':12} {'n':>4} " + " ".join(f"{name:>20}" for name in ("hybrid", "dense", "bm25")) + f"{'gain':>24}"]
    for name, row in found.items():
        cells = ["/".join(f"{row[f'{who}@{cut}']:.3f}" for cut in CUTS) for who in ("hybrid", "dense", "bm25")]
        gains = [row[f"hybrid@{cut}"] / max(row[f"dense@{cut}"], row[f"bm25@{cut}"], 1e-9) - 1 for cut in CUTS]
        lines.append(
            f"{name:12} {row['questions']:4.0f} "
            + " ".join(f"{cell:>20}" for cell in cells)
            + f"{'/'.join(f'{gain:+.0%}' for gain in gains):>24}"
        )
    return "\n".join(lines)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description="Evidence recall of hybrid, dense and BM25 in long conversations.")
    parser.add_argument("--half", choices=("tuning", "held out", "both"), default="held out")
    parser.add_argument("--talks", type=int, help="only the first so many")
    parser.add_argument("--shapes", action="store_true", help="by shape of question instead of type")
    parser.add_argument("--vectors", type=Path, help="a file that keeps the vectors of what is said for the next run")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    talks = [talk for talk in conversations() if options.half in (talk.half, "both")][: options.talks]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        records = run(talks, embedded(talks, options.vectors or home / "vectors.npz"), home)
    found = summary(records, "shape" if options.shapes else "type")
    times = {name: statistics.median(one[f"{name} ms"] for one in records) for name in ("hybrid", "dense", "bm25")}
    if options.json:
        json.dump({"half": options.half, "recall": found, "ms": times}, sys.stdout, indent=2)
        return
    turns = sum(len(talk.turns) for talk in talks)
    print(f"{options.half}: {len(talks)} conversations, {turns} turns, {len(records)} questions; recall@5/10/25")
    print(table(found))
    print("median ms a question: " + ", ".join(f"{name} {ms:.1f}" for name, ms in times.items()))


if __name__ == "__main__":
    main()
