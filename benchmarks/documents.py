"""From people's words to the sections that apply: hybrid recall, search by meaning alone, BM25 alone, in one run.

Run `python benchmarks/documents.py [--misses] [--json]`. Two sets: the sample company's five handbooks, and a shop's
policy (`../shared/data/tau2_retail/policy.md` beside the checkout), each in a memory of its own. Recall at k is the
share of the labelled sections among the first k sections found, averaged over questions. The company's set was looked
at while recall was written; nothing was chosen by the shop's set.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from countersign.memory.embeddings.embedder import Embedder
from countersign.memory.embeddings.minilm import MiniLM
from countersign.memory.ingest.chunking import get_section_name
from countersign.memory.ingest.documents import MemoryDocument, load_documents
from countersign.memory.ingest.handbooks import read_handbook
from countersign.memory.memory import Memory
from countersign.memory.search.vector_search import find_nearest_rows
from countersign.policies.domain.principal import Principal
from countersign.policies.storage.database import make_sqlite_url, open_database
from countersign.tools.sample_company.handbook import HANDBOOKS
from document_questions import HANDBOOK, SHOP

POLICY = Path(__file__).parents[1] / "../shared/data/tau2_retail/policy.md"
CUTS = (1, 3, 5, 10)
WIDE = 30  # pieces looked at, so that ten sections come together
WHO = Principal("mara.voss", "halden-birch")
Questions = Sequence[tuple[str, tuple[str, ...]]]


def searches(memory: Memory) -> dict[str, Callable[[str], list[str]]]:
    """The rankings that are compared; each returns sources, best first."""
    scope = memory.scope(WHO, trusted_only=True)

    def hybrid(query: str) -> list[str]:
        return [found.source for found in memory.recall(WHO, query, limit=WIDE)]

    def dense(query: str) -> list[str]:
        vector = memory.queries.vector(query)
        return [row.source for row, _ in find_nearest_rows(memory.rows, memory.index, scope, vector, WIDE)]

    def words(query: str) -> list[str]:
        ids = memory.rows.search_words(scope, query, WIDE)
        found = memory.rows.fetch(ids, scope)
        return [found[row_id].source for row_id in ids]

    return {"hybrid": hybrid, "dense": dense, "bm25": words}


def measure(documents: Sequence[MemoryDocument], questions: Questions, embedder: Embedder) -> list[dict[str, Any]]:
    """One record a question."""
    records = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        engine = open_database(make_sqlite_url(Path(folder) / "memory.db"))
        with Memory.open(Path(folder), engine, embedder) as memory:
            load_documents(memory, WHO.tenant, documents)
            for text, labels in questions:
                record: dict[str, Any] = {"question": text, "labels": labels}
                for name, search in searches(memory).items():
                    sections = list(dict.fromkeys(search(text)))
                    for cut in CUTS:
                        record[f"{name}@{cut}"] = len(set(labels) & set(sections[:cut])) / len(labels)
                records.append(record)
        engine.dispose()
    return records


def shop() -> tuple[list[MemoryDocument], Questions]:
    """The shop's policy, and the questions with its sections' sources."""
    if not POLICY.exists():
        sys.exit(f"There is no {POLICY}. The benchmark needs the shop's policy.")
    text = POLICY.read_text()
    labelled = [(said, tuple(f"shop#{get_section_name(title)}" for title in titles)) for said, titles in SHOP]
    return [MemoryDocument("shop", "Shop", text)], labelled


def company() -> tuple[list[MemoryDocument], Questions]:
    """The sample company's handbooks, and the questions."""
    return [read_handbook(path) for path in sorted(HANDBOOKS.glob("*.md"))], HANDBOOK


def main() -> None:
    """Prints one table."""
    parser = argparse.ArgumentParser(description="Section recall for questions in people's words.")
    parser.add_argument("--misses", action="store_true", help="list the questions that hybrid misses at 10")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    embedder = MiniLM()
    found: dict[str, Any] = {}
    for name, (documents, questions) in {"company": company(), "shop": shop()}.items():
        records = measure(documents, questions, embedder)
        found[name] = {"questions": len(records)} | {
            key: statistics.mean(one[key] for one in records) for key in records[0] if "@" in key
        }
        if options.misses:
            print(*(f"{one['question']} {one['labels']}" for one in records if one["hybrid@10"] < 1), sep="\n")
    if options.json:
        json.dump(found, sys.stdout, indent=2)
        return
    print(f"{'recall@1/3/5/10':18} {'n':>4}" + "".join(f"{name:>25}" for name in ("hybrid", "dense", "bm25")))
    for name, row in found.items():
        cells = ["/".join(f"{row[f'{who}@{cut}']:.3f}" for cut in CUTS) for who in ("hybrid", "dense", "bm25")]
        print(f"{name:18} {row['questions']:4}" + "".join(f"{cell:>25}" for cell in cells))


if __name__ == "__main__":
    main()
