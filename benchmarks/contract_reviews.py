"""The whole way of a contract: `ask --file CONTRACT "review this contract"` for each of the 77 labelled contracts.

Run `python benchmarks/contract_reviews.py [--json] [--data FOLDER] [--limit N]`. Each contract goes through the
assistant as a person would send it: upload, routing, policy, playbook, gate, audit. Reported: crashes, seconds, whether
every quote in the reply's data is verbatim in the file, and how often all parties and the governing law are found
(match rules as in `contract_labels.py`). Exit code 1 when a floor is missed, 2 when the data is not there.
"""

import argparse
import csv
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from contract_labels import labelled_parties, same_jurisdiction, same_party
from contracts import DATA
from countersign.graphs import Assistant, Settings
from countersign.tools.contracts.jurisdictions import find_jurisdiction
from countersign.tools.extraction.documents import load_text_document

MEDIAN_SECONDS, LEAST_FOUND = 10.0, 0.70


def quotes(data: Any) -> Iterator[tuple[str, int, int]]:
    """Every quote of the contract with its span, wherever it stands; one with a source is from another contract."""
    if isinstance(data, Mapping):
        if "source" in data:
            return
        if isinstance(data.get("quote"), str) and isinstance(data.get("start"), int):
            yield data["quote"], data["start"], data["end"]
        for value in data.values():
            yield from quotes(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from quotes(value)


def measure(folder: Path, limit: int) -> dict[str, Any]:
    """Send every contract and compare with the labels."""
    with (folder / "clauses.csv").open(encoding="utf-8", newline="") as opened:
        labels = list(csv.DictReader(opened))[:limit]
    seconds, crashes, wrong, total = [], [], 0, 0
    parties, laws = [0, 0], [0, 0]
    with tempfile.TemporaryDirectory() as home, Assistant.open(settings=Settings.from_env({}, home)) as assistant:
        for number, row in enumerate(labels):
            path = folder / "contracts" / row["File"]
            start = time.perf_counter()
            turn = assistant.send("review this contract", as_user="noah.lind", thread=f"cuad-{number}", files=[path])
            seconds.append(time.perf_counter() - start)
            review = turn.data[0]["data"].get("review") if turn.data else None
            if review is None:
                crashes.append(f"{row['File']}: {turn.reply[:200]}")
                continue
            text = load_text_document(path).text
            for quote, begin, end in quotes(review):
                total += 1
                wrong += text[begin:end] != quote
            named = labelled_parties(row["Parties-Answer"])
            if named:
                parties[1] += 1
                parties[0] += all(any(same_party(label, item["name"]) for item in review["parties"]) for label in named)
            law = find_jurisdiction(f"laws of {row['Governing Law-Answer'].lower()}")
            if law is not None:
                laws[1] += 1
                laws[0] += same_jurisdiction(law.name, (review["governing_law"] or {}).get("value"))
    return {
        "contracts": len(labels),
        "crashes": crashes,
        "median_seconds": round(statistics.median(seconds), 3),
        "slowest_seconds": round(max(seconds), 3),
        "quotes": total,
        "quotes_not_verbatim": wrong,
        "all_parties_found": round(parties[0] / max(parties[1], 1), 3),
        "governing_law_found": round(laws[0] / max(laws[1], 1), 3),
    }


def main() -> int:
    """Measure, print, and say by the exit code whether the floors hold."""
    parser = argparse.ArgumentParser(description="Review all labelled contracts through the whole assistant.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--limit", type=int, default=77)
    options = parser.parse_args()
    if not (options.data / "clauses.csv").is_file():
        print(f"The labelled contracts are not in {options.data}; give the CUAD folder with --data.", file=sys.stderr)
        return 2
    found = measure(options.data, options.limit)
    print(
        json.dumps(found, indent=2) if options.json else "\n".join(f"{name}: {value}" for name, value in found.items())
    )
    held = (
        not found["crashes"]
        and not found["quotes_not_verbatim"]
        and found["median_seconds"] <= MEDIAN_SECONDS
        and min(found["all_parties_found"], found["governing_law_found"]) >= LEAST_FOUND
    )
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
