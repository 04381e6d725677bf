"""What the small models do on cases they were not trained on, beside the base rate and a simple rule, in one run.

``python benchmarks/models.py`` — needs no model, no network and no scikit-learn: it measures what is shipped.
The base rate gives every case the share of positive cases in training. The simple rule is what one would write without
a model. Of texts, two more rows: the cases whose sentences all stood in the training part, and those of which some
first came up later. The last row is the sample company's own invoices and tickets, which were never trained on;
of invoices it is no blind test, because features were added after a first look at it.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence

import numpy as np
from countersign.tools.connectors.business import PastCase
from countersign.tools.learning.metrics import (
    compute_auc,
    compute_brier,
    compute_calibration_error,
    compute_f1,
    find_best_f1,
)
from countersign.tools.learning.training import Sample, make_rows, split_history
from countersign.tools.sample_company.business import read_labelled_history
from countersign.tools.sample_company.generate.billing import plant_exceptions
from countersign.tools.sample_company.generate.tickets import plant_tickets
from countersign.tools.sample_company.store.database import DEFAULT_SEED as SEED
from countersign.tools.sample_company.store.database import open_company
from countersign.tools.score_tasks.invoice_risk import load_invoice_features
from countersign.tools.score_tasks.registry import LEARNING_TASKS
from countersign.tools.score_tasks.ticket_text import load_ticket_features
from countersign.tools.scoring.model import load_shipped_model
from countersign.tools.scoring.task import LearningTask


def measured(scores: np.ndarray, labels: np.ndarray, at: float | None = None) -> dict[str, float]:
    """The figures of one way to score."""
    value = compute_f1(scores >= at, labels) if at is not None else find_best_f1(scores, labels)[0]
    figures = {"auc": compute_auc(scores, labels), "f1": value, "ece": compute_calibration_error(scores, labels)}
    return {name: round(number, 3) for name, number in (figures | {"brier": compute_brier(scores, labels)}).items()}


def compared(task: LearningTask) -> dict[str, dict[str, float]]:
    """The model, the base rate and the simple rule on the held-out cases of one task."""
    train, held = split_history(read_labelled_history(task.name))
    labels = np.array([case.label for case in held])
    model = load_shipped_model(task.name, task.model)
    rate = float(np.mean([case.label for case in train]))
    rule = np.array([task.baseline(case) for case in held], dtype=np.float64)
    # The rule's answer as a probability: how often it was right in training, so that its calibration is a fair one.
    known = np.array([task.baseline(case) for case in train], dtype=np.float64)
    outcome = np.array([case.label for case in train])
    share = {level: float(outcome[known == level].mean()) for level in np.unique(known)}
    likely = np.array([share.get(level, rate) for level in rule])
    found = {
        "model": measured(scored(task, held), labels),
        "base rate": measured(np.full(len(held), rate), labels),
        "simple rule": measured(likely, labels) | {"f1": round(compute_f1(rule > 0, labels), 3)},
    }
    if task.of_text:
        seen = {phrase for case in train for phrase in case.phrases}
        fresh = np.array([not set(case.phrases) <= seen for case in held])
        found["model, known words"] = measured(scored(task, held)[~fresh], labels[~fresh])
        found["model, new words"] = measured(scored(task, held)[fresh], labels[fresh])
    truth = np.array([case.truth for case in held])
    found["whoever knows the truth"] = measured(truth.astype(np.float64), labels)
    found["target"] = {"auc": task.target.auc / 1000, "ece": task.target.calibration / 1000}
    missed = task.target.explain_missed(dict(model.metrics))
    if missed:
        raise SystemExit(f"{task.name}: {missed}")
    return found


def transferred() -> dict[str, dict[str, float]]:
    """The shipped models on the sample company's own records, none of which they were trained on.

    Truth is what the generator planted: exceptions in invoices (but "overdue", which is no fault of one), and
    the moods of customers, in the words of another phrase book. Nothing is planted about fraud or urgency.
    """
    with tempfile.TemporaryDirectory() as folder:
        records = open_company(f"sqlite:///{folder}/company.db", seed=SEED)
        wrong = plant_exceptions(SEED)
        moods = plant_tickets(SEED)
        invoices = [row for row in records.find("invoice", limit=5000) if wrong.get(row["id"]) != "overdue"]
        tickets = records.find("ticket", limit=5000)
        pairs: dict[str, list[tuple[Mapping[str, float], bool]]] = {
            "invoice_risk": [(load_invoice_features(records, row), row["id"] in wrong) for row in invoices],
            "sentiment": [
                (load_ticket_features(records, row["id"]) or {}, moods[row["id"]].mood in ("angry", "upset"))
                for row in tickets
            ],
        }
        records.close()
    found = {}
    for name, cases in pairs.items():
        samples = [Sample(str(place), values, int(label)) for place, (values, label) in enumerate(cases)]
        model = load_shipped_model(name, LEARNING_TASKS[name].model)
        found[name] = measured(
            model.probability(make_rows(model, samples)), np.array([item.label for item in samples])
        ) | {"cases": len(samples)}
    return found


def scored(task: LearningTask, cases: Sequence[PastCase]) -> np.ndarray:
    """The shipped model's probabilities."""
    model = load_shipped_model(task.name, task.model)
    return model.probability(make_rows(model, [Sample(c.case_id, task.values(c), c.label) for c in cases]))


def main() -> None:
    """Prints the table; exits with 1 when a model is no better than both baselines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    found = {name: compared(task) for name, task in LEARNING_TASKS.items()}
    elsewhere = transferred()
    for name, figures in elsewhere.items():
        found[name]["model, sample company"] = figures
    worse = [
        name
        for name, rows in found.items()
        if any(rows["model"]["auc"] <= rows[other]["auc"] for other in ("base rate", "simple rule"))
    ]
    if wanted.json:
        print(json.dumps(found, indent=2))
    else:
        for name, rows in found.items():
            held = split_history(read_labelled_history(name))[1]
            print(f"\n{name}: {len(held)} held-out cases, {sum(case.label for case in held)} positive")
            print(f"  simple rule: {LEARNING_TASKS[name].baseline_words}")
            for label, figures in rows.items():
                cells = "  ".join(
                    f"{figure} {value:.3f}" if figure != "cases" else f"({value} cases)"
                    for figure, value in figures.items()
                )
                print(f"  {label:24}{cells}")
    if worse:
        sys.exit(f"no better than the baselines: {', '.join(worse)}")


if __name__ == "__main__":
    main()
