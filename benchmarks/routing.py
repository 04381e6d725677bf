"""How well the router's classifier reads messages: ``python benchmarks/routing.py [--json]``.

Two sets: the training examples by 5-fold cross-validation with out-of-scope topics held out whole, and the held-out
messages of ``agents/intents/held_out.yaml``, which were written apart and are never trained on. When the public
CLINC150 messages are beside the checkout, those without an intent there measure recall out of scope on other people's
words.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from countersign.agents.intents import INTENTS
from countersign.agents.router_training.train import RECIPE, prepare_data
from countersign.agents.router_training.training import TrainingData, fit_model
from countersign.agents.routing.classifier import Classifier, Judgement
from countersign.agents.routing.classifier_file import load_classifier
from countersign.agents.routing.intents import OUT_OF_SCOPE, load_catalogue, load_held_out
from countersign.agents.routing.record_ids import replace_record_ids
from countersign.agents.routing.rules import RoutingRules, load_rules
from countersign.memory.embeddings.embedder import Embedder
from countersign.memory.embeddings.minilm import MiniLM

ROOT = Path(__file__).parents[1]
CLINC = ROOT / "../shared/data/clinc150/train_val.json"
BINS = 10
FITTED = ("weights", "words", "term_weights", "bias", "centroids")


def judged(texts: Sequence[str], classifier: Classifier, rules: RoutingRules, embedder: Embedder) -> list[Judgement]:
    """The classifier's judgement of each text."""
    read = [replace_record_ids(text, rules) for text in texts]
    return [classifier.classify(*pair) for pair in zip(read, embedder.embed(read), strict=True)]


def figures(labels: Sequence[str], found: Sequence[Judgement], rules: RoutingRules) -> dict[str, Any]:
    """Accuracy in scope, recall out of scope, calibration, and what the thresholds let through without asking."""
    right = np.array([label == item.intent for label, item in zip(labels, found, strict=True)])
    outside = np.array([label == OUT_OF_SCOPE for label in labels])
    sure = np.array([item.confidence for item in found])
    limits = rules.thresholds
    settled = np.array([item.confidence >= limits.accept and item.margin >= limits.margin for item in found])
    return {
        "messages": len(labels),
        "accuracy_in_scope": round(float(right[~outside].mean()), 3),
        "recall_out_of_scope": round(float(right[outside].mean()), 3),
        "calibration_error": round(calibration_error(sure, right), 3),
        "settled_without_asking": round(float(settled.mean()), 3),
        "accuracy_when_settled": round(float(right[settled].mean()), 3),
    }


def calibration_error(sure: np.ndarray, right: np.ndarray) -> float:
    """Expected calibration error over ten equal bins (Guo et al., 2017): mean gap of confidence and accuracy."""
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = [abs(float(sure[bins == b].mean() - right[bins == b].mean())) * (bins == b).sum() for b in set(bins)]
    return float(sum(gaps) / len(sure))


def by_cross_validation(data: TrainingData, trained: Classifier, rules: RoutingRules) -> dict[str, Any]:
    """Each fold judged by weights that have not seen it; temperature and gate, five numbers, are the shipped."""
    catalogue = load_catalogue(INTENTS)
    labels: list[str] = []
    found: list[Judgement] = []
    for fold in sorted(set(data.folds.tolist())):
        fitted = fit_model(data, data.folds != fold, float(trained.settings["strength"]), RECIPE)
        model = replace(trained, **{field: getattr(fitted, field) for field in FITTED})
        unseen = np.flatnonzero(data.folds == fold)
        found += [model.classify(data.texts[at], data.vectors[at]) for at in unseen]
        labels += [data.labels[data.targets[at]] for at in unseen]
    result = figures(labels, found, rules)
    agents = {label: catalogue.agent(label) for label in data.labels}
    same = [agents[a] == b.agent for a, b in zip(labels, found, strict=True) if a != OUT_OF_SCOPE]
    return {**result, "agent_accuracy_in_scope": round(float(np.mean(same)), 3)}


def measure() -> dict[str, Any]:
    """All figures."""
    embedder, catalogue = MiniLM(), load_catalogue(INTENTS)
    rules = load_rules(INTENTS.rules, catalogue)
    trained = load_classifier(INTENTS.classifier, embedder=embedder.name)
    data = prepare_data(catalogue, rules, embedder)
    result: dict[str, Any] = {
        "intents": len(data.labels),
        "cross_validation": by_cross_validation(data, trained, rules),
    }
    pairs = [(item.intent, item.text) for item in load_held_out(INTENTS.held_out)]
    judgements = judged([text for _, text in pairs], trained, rules, embedder)
    result["held_out"] = figures([intent for intent, _ in pairs], judgements, rules)
    if CLINC.exists():
        record = json.loads(CLINC.read_text(encoding="utf-8"))
        texts = [row[0] for part in ("oos_train", "oos_val") for row in record[part]]
        strange = [item.out_of_scope for item in judged(texts, trained, rules, embedder)]
        result["clinc150_recall_out_of_scope"] = round(float(np.mean(strange)), 3)
    start = perf_counter()
    for text, vector in zip(data.texts[:1000], data.vectors[:1000], strict=True):
        trained.classify(text, vector)
    result["classify_us"] = round((perf_counter() - start) * 1000, 1)
    return result


def main() -> None:
    """Print the figures, as a list or as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    as_json = parser.parse_args().json
    result = measure()
    if as_json:
        print(json.dumps(result, indent=2))
        return
    for name, value in result.items():
        if isinstance(value, dict):
            print(name)
            for key, number in value.items():
                print(f"  {key:28} {number}")
        else:
            print(f"{name:30} {value}")


if __name__ == "__main__":
    main()
