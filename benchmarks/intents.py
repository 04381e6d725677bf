"""The router's trainer on other people's messages.

Run ``python benchmarks/intents.py [--json] [--only clinc150|banking77] [--data FOLDER]``.

The same trainer that makes the router's classifier, beside TF-IDF with logistic regression (scikit-learn), which gets
the same folds, the same choice of strength, and a threshold on its highest probability by the same rule.

- CLINC150: trained on its 15,000 + 100 training messages, measured on the 3,000 + 100 of validation. Strength,
  temperature, gate and thresholds come from cross-validation on the training messages alone.
- BANKING77: 5-fold; each fold is read by models trained and calibrated on the other four. No message is out of scope
  there; ``accuracy_before_refusing`` is without the gate, ``accuracy_in_scope`` with it.

The gate's threshold is a conformal quantile of the cross-validated messages at the conventional level of 1 %
(``training.least_familiar``), the same rule for every set. An earlier version had an allowance of its own there, which
was chosen after eight values had been looked at on these very parts. This rule was fixed with CLINC150's training
messages alone and then run once; the earlier figures were known, so it is not as blind as a first look.

``accuracy_in_scope`` counts a refused message as wrong. ``calibration_error`` is the expected calibration error over
ten bins of what is in scope. Vectors are kept in the temp folder between runs. Exit code 1 when a floor is missed or
the baseline is better, 2 when the data is not there.
"""

import argparse
import csv
import hashlib
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from countersign.agents.router_training.training import (
    Recipe,
    TrainingData,
    compute_familiarity_threshold,
    make_even_folds,
    train_classifier,
)
from countersign.agents.routing.classifier import Judgement
from countersign.agents.routing.intents import OUT_OF_SCOPE
from countersign.memory.embeddings.minilm import MiniLM
from routing import calibration_error

DATA = Path(__file__).resolve().parents[1] / "../shared/data"
FOLDS = 3
STRENGTHS = (3.0, 10.0)
FLOORS = {
    "clinc150": {"accuracy_in_scope": 0.94, "recall_out_of_scope": 0.75},
    "banking77": {"accuracy_in_scope": 0.92, "accuracy_before_refusing": 0.92},
}


@dataclass(frozen=True, slots=True)
class Set:
    """Labelled messages with their vectors."""

    texts: tuple[str, ...]
    labels: tuple[str, ...]
    vectors: np.ndarray

    def __getitem__(self, chosen: np.ndarray) -> "Set":
        places = np.flatnonzero(chosen)
        return Set(
            tuple(self.texts[at] for at in places), tuple(self.labels[at] for at in places), self.vectors[places]
        )


def with_vectors(pairs: Sequence[tuple[str, str]]) -> Set:
    """The messages with vectors, which are kept in the temp folder."""
    texts, labels = tuple(text for text, _ in pairs), tuple(label for _, label in pairs)
    digest = hashlib.sha256("\n".join((MiniLM.name, *texts)).encode()).hexdigest()[:24]
    kept = Path(tempfile.gettempdir()) / f"countersign-vectors-{digest}.npy"
    if kept.is_file():
        return Set(texts, labels, np.load(kept))
    vectors = MiniLM().embed(texts)
    np.save(kept, vectors)
    return Set(texts, labels, vectors)


def ours(train: Set, test: Set, strengths: tuple[float, ...]) -> list[Judgement]:
    """The judgements of a classifier that the product's trainer makes."""
    names = tuple(sorted(set(train.labels)))
    targets = np.array([names.index(label) for label in train.labels])
    data = TrainingData(names, train.texts, train.vectors, targets, make_even_folds(targets, FOLDS))
    trained = train_classifier(data, Recipe(strengths=strengths, parts=False), embedder=MiniLM.name)
    return [trained.classify(*pair) for pair in zip(test.texts, test.vectors, strict=True)]


def baseline(train: Set, test: Set, strengths: tuple[float, ...]) -> list[Judgement]:
    """TF-IDF of words and pairs of words, logistic regression, a threshold on the highest probability."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    wanted = np.array(train.labels)
    folds = make_even_folds(np.unique(wanted, return_inverse=True)[1], FOLDS)

    def fitted(chosen: np.ndarray, strength: float) -> Any:
        model = make_pipeline(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
            LogisticRegression(C=strength, max_iter=300, tol=1e-3),
        )
        return model.fit([train.texts[at] for at in np.flatnonzero(chosen)], wanted[chosen])

    tried: dict[float, tuple[np.ndarray, np.ndarray]] = {}
    for strength in strengths:
        sure, read = np.zeros(len(wanted)), np.empty(len(wanted), dtype=object)
        for fold in range(FOLDS):
            model = fitted(folds != fold, strength)
            unseen = folds == fold
            found = model.predict_proba([train.texts[at] for at in np.flatnonzero(unseen)])
            sure[unseen], read[unseen] = found.max(axis=1), model.classes_[found.argmax(axis=1)]
        tried[strength] = sure, read == wanted
    strength = max(tried, key=lambda c: float(tried[c][1].mean()))
    sure, right = tried[strength]
    inside = wanted != OUT_OF_SCOPE
    least = compute_familiarity_threshold(sure[right & inside])
    model = fitted(np.ones(len(wanted), bool), strength)
    rows = model.predict_proba(test.texts)
    judged = []
    for row in rows:
        order = np.argsort(-row, kind="stable")
        ranking = tuple((str(model.classes_[at]), float(row[at])) for at in order)
        (first, confidence), (second, next_best) = ranking[0], ranking[1]
        strange = confidence < least or first == OUT_OF_SCOPE
        intent = OUT_OF_SCOPE if strange else first
        judged.append(Judgement(intent, None, confidence, second, confidence - next_best, strange, ranking))
    return judged


def figures(labels: Sequence[str], found: Sequence[Judgement]) -> dict[str, float]:
    """Accuracy in scope with and without refusals, recall out of scope, calibration."""
    inside = np.array([label != OUT_OF_SCOPE for label in labels])
    right = np.array([label == item.intent for label, item in zip(labels, found, strict=True)])
    read = np.array([label == item.ranking[0][0] for label, item in zip(labels, found, strict=True)])
    sure = np.array([item.confidence for item in found])
    result = {
        "accuracy_in_scope": float(right[inside].mean()),
        "accuracy_before_refusing": float(read[inside].mean()),
        "calibration_error": calibration_error(sure[inside], read[inside]),
    }
    if not inside.all():
        result["recall_out_of_scope"] = float(right[~inside].mean())
    return {name: round(value, 4) for name, value in result.items()}


def clinc150(folder: Path) -> dict[str, Any]:
    """Trained on the training messages, measured on validation."""
    record = json.loads((folder / "clinc150/train_val.json").read_text(encoding="utf-8"))

    def part(name: str) -> Set:
        rows = [(text, label) for text, label in record[name]]
        return with_vectors([*rows, *((text, OUT_OF_SCOPE) for text, _ in record[f"oos_{name}"])])

    train, test = part("train"), part("val")
    return {
        name: figures(test.labels, read(train, test, STRENGTHS))
        for name, read in (("ours", ours), ("tfidf_baseline", baseline))
    }


def banking77(folder: Path) -> dict[str, Any]:
    """Five folds, each read by models that have not seen it."""
    with (folder / "banking77/train.csv").open(encoding="utf-8", newline="") as stream:
        whole = with_vectors([(row["text"], row["category"]) for row in csv.DictReader(stream)])
    folds = make_even_folds(np.unique(np.array(whole.labels), return_inverse=True)[1])
    result = {}
    for name, read in (("ours", ours), ("tfidf_baseline", baseline)):
        labels: list[str] = []
        found: list[Judgement] = []
        for fold in np.unique(folds):
            test = whole[folds == fold]
            labels += test.labels
            found += read(whole[folds != fold], test, STRENGTHS)
        result[name] = figures(labels, found)
    return result


def main() -> int:
    """Measure, print, and say by the exit code whether the floors hold."""
    parser = argparse.ArgumentParser(description="The router's trainer on public sets, beside TF-IDF.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--data", type=Path, default=DATA, help="folder with clinc150/ and banking77/")
    parser.add_argument("--only", choices=sorted(FLOORS))
    options = parser.parse_args()
    for needed in ("clinc150/train_val.json", "banking77/train.csv"):
        if not (options.data / needed).is_file():
            print(f"The messages are not at {options.data / needed}; name their folder with --data.", file=sys.stderr)
            return 2
    result: dict[str, Any] = {}
    held = True
    for name, measure in (("clinc150", clinc150), ("banking77", banking77)):
        if options.only in (None, name):
            start = perf_counter()
            result[name] = measure(options.data)
            for key, floor in FLOORS[name].items():
                reached, other = result[name]["ours"][key], result[name]["tfidf_baseline"][key]
                held = held and reached >= floor and reached > other
            result[name]["seconds"] = round(perf_counter() - start, 1)
    if options.json:
        print(json.dumps(result, indent=2))
    else:
        for name, parts in result.items():
            print(f"{name} ({parts.pop('seconds')} s)")
            for who, numbers in parts.items():
                print(f"  {who:16}", "  ".join(f"{key} {value:.4f}" for key, value in numbers.items()))
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
