"""How well the calculator does the sums of TAT-QA.

Run ``python benchmarks/arithmetic.py [--json] [--data FILE] [--misses]``.

Every question with an arithmetic answer has a derivation, such as ``(44.1-56.7)/56.7``, an answer and its scale. The
derivation goes to the guarded tool's own function as it stands; its value must be the labelled answer, rounded as the
label is. What a derivation is counted in is read from the derivation and the scale alone, never from the answer:

- the figures of a table are in the table's scale already, unless the derivation itself writes "million" or the like;
- an answer in per cent is a share (x 100) when the derivation writes "%" or divides, except for a mean (a sum divided
  by the count of its terms) or a difference of figures that are per cent already.

``accounting`` counts those that agree only where "(71)" is read as minus 71. Exit code 1 when fewer than 99 % agree,
2 when the data is not there.
"""

import argparse
import json
import re
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from time import perf_counter
from typing import Any

from countersign.policies.errors import BadInput
from countersign.tools.toolsets.shared.arithmetic import evaluate_expression

DATA = Path(__file__).resolve().parents[1] / "../shared/data/tatqa/dev.json"
FLOOR = 0.99
_MEAN = re.compile(r"^\s*[(\[](?P<terms>[^()/*]*)[)\]]\s*/\s*(?P<count>\d{1,2})\s*$")
_SCALED = re.compile(r"thousand|million|billion", re.IGNORECASE)


def unit_of(derivation: str, scale: str) -> str:
    """What the calculator is asked to count the result in."""
    if scale != "percent":
        return scale if _SCALED.search(derivation) else ""
    if "%" in derivation:
        return "percent"
    mean = _MEAN.match(derivation)
    if mean and len(re.findall(r"\d[\d,.]*", mean["terms"])) == int(mean["count"]):
        return ""
    return "percent" if "/" in derivation else ""


def agrees(derivation: str, answer: Decimal, unit: str, *, accounting: bool = False) -> bool:
    """Whether the derivation has the labelled value, at the label's number of decimals (at least two).

    Raises:
        BadInput: the calculator cannot read it.
    """
    exponent = answer.as_tuple().exponent
    places = max(2, -exponent) if isinstance(exponent, int) else 2
    return evaluate_expression(derivation, unit=unit, places=places, accounting=accounting).value == answer


def measure(data: list[dict[str, Any]], limit: int | None, *, misses: bool) -> dict[str, Any]:
    """All figures."""
    rows = [
        (q["derivation"], Decimal(str(q["answer"]).replace(",", "")), q["scale"])
        for table in data
        for q in table["questions"]
        if q["answer_type"] == "arithmetic"
    ][:limit]
    causes: Counter[str] = Counter()
    started = perf_counter()
    for derivation, answer, scale in rows:
        unit = unit_of(derivation, scale)
        try:
            cause = "" if agrees(derivation, answer, unit) else _cause(derivation, answer, scale, unit)
        except BadInput as error:
            cause = f"not read: {error}"
        causes[cause] += 1
        if cause and misses:
            print(f"{cause}: {derivation!r} is labelled {answer} {scale}", file=sys.stderr)
    seconds = perf_counter() - started
    right = causes.pop("", 0)
    return {
        "derivations": len(rows),
        "agree": round(right / len(rows), 4),
        "missed": len(rows) - right,
        "causes": dict(causes.most_common()),
        "microseconds_each": round(seconds / len(rows) * 1e6, 1),
    }


def _cause(derivation: str, answer: Decimal, scale: str, unit: str) -> str:
    if agrees(derivation, answer, unit, accounting=True):
        return "agrees with parentheses read as minus (accounting)"
    if scale == "percent" and agrees(derivation, answer, "" if unit else "percent"):
        return "agrees with the other reading of per cent"
    return "the label has another value"


def main() -> int:
    """Measure, print, and say by the exit code whether the floor holds."""
    parser = argparse.ArgumentParser(description="Evaluate the derivations of TAT-QA with the calculator.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--limit", type=int, help="only so many derivations")
    parser.add_argument("--misses", action="store_true", help="print each miss")
    options = parser.parse_args()
    if not options.data.is_file():
        print(f"The questions are not at {options.data}; give TAT-QA's dev.json with --data.", file=sys.stderr)
        return 2
    found = measure(json.loads(options.data.read_text(encoding="utf-8")), options.limit, misses=options.misses)
    print(json.dumps(found, indent=2) if options.json else "\n".join(f"{k:20} {v}" for k, v in found.items()))
    return 0 if found["agree"] >= FLOOR else 1


if __name__ == "__main__":
    sys.exit(main())
