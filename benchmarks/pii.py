"""How well personal data is found in a public set, by type, and what the filters cost.

    python benchmarks/pii.py [--json] [--data FOLDER] [--missed]

The detectors were written looking at the sentences of half of the templates only (``tune``); ``held_out`` are those of
the other half: a template is held out when the SHA-256 of its number is odd. A predicted span counts as right when at
least half of it and of a labelled span of its type are the same characters; ``exact`` asks for the same span.
"""

import argparse
import hashlib
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from countersign.policies.filters.detectors.detect import detect_values
from countersign.policies.filters.detectors.match import SensitiveKind, SensitiveValue

DATA = Path(__file__).parents[1] / "../shared/data/pii"
FILE = "presidio_synth_first1000.json"
TYPES = {
    "CREDIT_CARD": SensitiveKind.CARD,
    "IBAN_CODE": SensitiveKind.IBAN,
    "US_SSN": SensitiveKind.SSN,
    "US_DRIVER_LICENSE": SensitiveKind.DRIVER_LICENCE,
    "PHONE_NUMBER": SensitiveKind.PHONE,
    "EMAIL_ADDRESS": SensitiveKind.EMAIL,
    "IP_ADDRESS": SensitiveKind.IP,
    "STREET_ADDRESS": SensitiveKind.ADDRESS,
    "ZIP_CODE": SensitiveKind.POSTCODE,
    "PERSON": SensitiveKind.PERSON,
}
UNSOUGHT = ("GPE", "ORGANIZATION", "DATE_TIME", "TITLE", "AGE", "NRP", "DOMAIN_NAME")
SPLITS = ("tune", "held_out", "all")


@dataclass
class Count:
    """Spans of one type: labelled ones found, all labelled, predictions that are right, all predictions."""

    found: int = 0
    labelled: int = 0
    right: int = 0
    exact: int = 0
    predicted: int = 0

    def scores(self) -> dict[str, Any]:
        """Precision, recall and F1; ``None`` where nothing was predicted or labelled."""
        precision = self.right / self.predicted if self.predicted else None
        recall = self.found / self.labelled if self.labelled else None
        f1 = 2 * precision * recall / (precision + recall) if precision and recall else (0.0 if recall == 0 else None)
        shares = {"precision": precision, "recall": recall, "f1": f1}
        rounded = {name: None if value is None else round(value, 3) for name, value in shares.items()}
        return rounded | {"labelled": self.labelled, "predicted": self.predicted, "exact": self.exact}


def load(folder: Path) -> list[dict[str, Any]]:
    """The labelled sentences.

    Raises:
        FileNotFoundError: the data set is not there.
    """
    return json.loads((folder / FILE).read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def split_of(sentence: Mapping[str, Any]) -> str:
    """``tune`` or ``held_out``, by template, so that no held-out wording was seen."""
    odd = hashlib.sha256(str(sentence["template_id"]).encode()).digest()[-1] % 2
    return "held_out" if odd else "tune"


def evaluate(sentences: Iterable[Mapping[str, Any]]) -> dict[str, Count]:
    """Counts by type of the data set."""
    counts: dict[str, Count] = defaultdict(Count)
    for sentence in sentences:
        text = sentence["full_text"]
        predicted = detect_values(text, frozenset(TYPES.values()))
        for name, kind in TYPES.items():
            labelled = [
                (span["start_position"], span["end_position"])
                for span in sentence["spans"]
                if span["entity_type"] == name
            ]
            ours = [(item.start, item.end) for item in predicted if item.kind is kind]
            count = counts[name]
            count.labelled += len(labelled)
            count.predicted += len(ours)
            count.found += sum(any(_same(span, other) for other in ours) for span in labelled)
            count.right += sum(any(_same(span, other) for other in labelled) for span in ours)
            count.exact += len(set(labelled) & set(ours))
    return counts


def _same(one: tuple[int, int], other: tuple[int, int]) -> bool:
    shared = min(one[1], other[1]) - max(one[0], other[0])
    return 2 * shared >= max(one[1] - one[0], other[1] - other[0])


def missed(sentences: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """What was not found (``-``) and what was found wrongly (``+``), for those who tune the detectors."""
    kinds = {kind: name for name, kind in TYPES.items()}
    for sentence in sentences:
        text = sentence["full_text"]
        labelled = [(s["entity_type"], s["start_position"], s["end_position"]) for s in sentence["spans"]]
        ours = [(kinds[item.kind], item.start, item.end) for item in detect_values(text, frozenset(kinds))]
        for sign, these, those in (("-", labelled, ours), ("+", ours, labelled)):
            for name, start, end in these:
                if name in TYPES and not any(n == name and _same((start, end), (s, e)) for n, s, e in those):
                    around = f"{text[max(0, start - 40) : start]}[[{text[start:end]}]]{text[end : end + 25]}"
                    yield f"{sign} {name} {around!r}"


def cost(sentences: Sequence[Mapping[str, Any]], rounds: int = 5) -> dict[str, float]:
    """Microseconds of computing per KB of UTF-8: all kinds, those checked by digits, and prose without any."""
    whole = "\n".join(sentence["full_text"] for sentence in sentences)
    prose = "The supplier shall deliver the goods within thirty days of the order and bear the risk until then. " * 400
    numbers = frozenset(
        {
            SensitiveKind.SECRET,
            SensitiveKind.CARD,
            SensitiveKind.IBAN,
            SensitiveKind.SSN,
            SensitiveKind.NATIONAL_ID,
            SensitiveKind.PASSPORT,
        }
    )
    runs = {
        "all_kinds": (whole, frozenset(SensitiveKind)),
        "numbers_and_secrets": (whole, numbers),
        "prose": (prose, numbers),
    }
    spent = {}
    for name, (text, kinds) in runs.items():
        best = min(_timed(text, kinds) for _ in range(rounds))
        spent[name] = round(best * 1e6 / (len(text.encode()) / 1024), 1)
    return spent


def _timed(text: str, kinds: frozenset[SensitiveKind]) -> float:
    began = time.process_time()
    found: tuple[SensitiveValue, ...] = detect_values(text, kinds)
    assert isinstance(found, tuple)
    return time.process_time() - began


def report(folder: Path) -> dict[str, Any]:
    """Everything measured."""
    sentences = load(folder)
    parts = {name: [item for item in sentences if split_of(item) == name] for name in ("tune", "held_out")}
    parts["all"] = sentences
    return {
        "sentences": {name: len(part) for name, part in parts.items()},
        "types": {
            part: {name: count.scores() for name, count in evaluate(items).items()} for part, items in parts.items()
        },
        "not_sought": list(UNSOUGHT),
        "microseconds_per_kb": cost(sentences),
    }


def main() -> int:
    """Prints the report; exit code 2 when the data set is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--missed", action="store_true", help="list the errors on the tuning half")
    given = parser.parse_args()
    try:
        if given.missed:
            print("\n".join(missed(item for item in load(given.data) if split_of(item) == "tune")))
            return 0
        measured = report(given.data)
    except FileNotFoundError:
        print(f"The data set {FILE} is not in {given.data}; name its folder with --data.", file=sys.stderr)
        return 2
    if given.json:
        print(json.dumps(measured, indent=2))
        return 0
    for part in SPLITS:
        print(
            f"\n{part} ({measured['sentences'][part]} sentences)\n{'type':20}{'P':>8}{'R':>8}{'F1':>8}{'labelled':>10}"
        )
        for name, row in measured["types"][part].items():
            shares = "".join(
                f"{'-' if row[key] is None else format(row[key], '.3f'):>8}" for key in ("precision", "recall", "f1")
            )
            print(f"{name:20}{shares}{row['labelled']:>10}")
    print(f"\nnot sought: {', '.join(measured['not_sought'])}")
    print(
        "microseconds per KB: "
        + ", ".join(f"{name} {value}" for name, value in measured["microseconds_per_kb"].items())
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
