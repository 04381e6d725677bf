"""How many attacks do the patterns for known ones find? Few, which is why nothing rests on them.

Run `python benchmarks/flags.py [--json] [--data FOLDER]`. Exit code 2 when the data is not there. Each of the 75 text
attacks is put at the start, the middle and the end of each of the 50 emails; found is what is flagged with the attack
and was not without it. The patterns were written from the usual words of attacks and not from this set.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from countersign.agents.provenance.injection_signs import find_signs

DATA = Path(__file__).resolve().parents[1] / ".." / "shared" / "data" / "bipia"


def measure(folder: Path) -> dict[str, Any]:
    """Shares found by category, false flags on the emails as they are, and what looking costs."""
    attacks: dict[str, list[str]] = json.loads((folder / "text_attack_train.json").read_text())
    emails = [json.loads(line)["context"] for line in (folder / "email_train.jsonl").read_text().splitlines()]
    quiet = [set(find_signs(email)) for email in emails]
    found, tried, size = 0, 0, 0
    categories: dict[str, dict[str, int]] = {}
    started = time.perf_counter()
    for category, texts in attacks.items():
        hits = 0
        for text in texts:
            for email, known in zip(emails, quiet, strict=True):
                middle = len(email) // 2
                for put in (f"{text}\n{email}", f"{email[:middle]}\n{text}\n{email[middle:]}", f"{email}\n{text}"):
                    hits += bool(set(find_signs(put)) - known)
                    size += len(put)
        places = 3 * len(texts) * len(emails)
        categories[category] = {"tried": places, "found": hits}
        found, tried = found + hits, tried + places
    seconds = time.perf_counter() - started
    return {
        "attacks": sum(len(texts) for texts in attacks.values()),
        "emails": len(emails),
        "tried": tried,
        "found": found,
        "share": round(found / tried, 4),
        "false_flags": sum(1 for known in quiet if known),
        "categories": categories,
        "microseconds_per_kb": round(seconds * 1e6 / (size / 1000), 1),
    }


def main() -> int:
    """The command; see the module's text."""
    parser = argparse.ArgumentParser(description="Patterns for known attacks on a public set.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--data", type=Path, default=DATA)
    options = parser.parse_args()
    if not (options.data / "text_attack_train.json").exists():
        print(f"The attacks are not in {options.data}; name their folder with --data.", file=sys.stderr)
        return 2
    report = measure(options.data)
    if options.json:
        print(json.dumps(report, indent=2))
        return 0
    print(
        f"flags: {report['found']} of {report['tried']} attacks in emails found ({report['share']:.1%}); "
        f"{report['false_flags']} of {report['emails']} emails without an attack flagged; "
        f"{report['microseconds_per_kb']} µs a KB"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
