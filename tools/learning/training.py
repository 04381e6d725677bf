"""A small model is trained by logistic regression with an L2 penalty, and calibrated on cases not seen.

scikit-learn is needed here and nowhere else (``pip install 'countersign[learning]'``).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ...policies.domain.canonical import compute_digest
from ...policies.errors import CountersignError
from ..connectors.business import PastCase
from ..scoring.model import ScoreModel
from ..scoring.task import LearningTask
from .metrics import (
    Doubles,
    Ints,
    compute_auc,
    compute_brier,
    compute_calibration_error,
    find_best_f1,
    round_to_thousandths,
)

HELD_OUT = 0.25
"""The share of the history, its newest part, that nothing is ever trained on."""
FOLDS = 5
TRAINING_SEED = 11
LEAST_TEXTS = 4
MOST_WORDS = 1200
STRENGTHS = (0.01, 0.1, 1.0)


class TrainingError(CountersignError):
    """The package for training is missing, or the examples are too few to learn from."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One example as it is trained on.

    Attributes:
        weight: how much it counts; 1 for a case of the history.
    """

    example_id: str
    values: Mapping[str, float]
    label: int
    weight: float = 1.0


def split_history(past: Sequence[PastCase]) -> tuple[Sequence[PastCase], Sequence[PastCase]]:
    """Splits a labelled history into the part to train on and the newer part that is held out.

    Args:
        past: the cases, oldest first.
    """
    last = len(past) - round(HELD_OUT * len(past))
    return past[:last], past[last:]


def load_past_samples(task: LearningTask, past: Sequence[PastCase]) -> tuple[list[Sample], list[Sample]]:
    """The history to train on, and the newer part that is held out: the anchor of every comparison.

    Args:
        past: the labelled history of the task, oldest first.
    """
    train, held = split_history(past)
    return (
        [Sample(case.case_id, task.values(case), case.label) for case in train],
        [Sample(case.case_id, task.values(case), case.label) for case in held],
    )


def train_score_model(task: LearningTask, samples: Sequence[Sample], made: date, version: int = 1) -> ScoreModel:
    """A model of these examples; the same examples in any order give the same model.

    Raises:
        CannotTrain: scikit-learn is not installed, or there are not enough examples of both kinds.
    """
    try:
        from sklearn.linear_model import LogisticRegression
    except ModuleNotFoundError as error:
        raise TrainingError(
            "Training needs scikit-learn: pip install 'countersign[learning]'. Scoring goes on without it."
        ) from error
    ordered = sorted(samples, key=lambda item: item.example_id)
    labels = np.array([item.label for item in ordered], dtype=np.int64)
    weights = np.array([item.weight for item in ordered], dtype=np.float64)
    if min(np.bincount(labels, minlength=2)) < 2 * FOLDS:
        raise TrainingError(f"There are too few examples of both kinds to train the model of {task.name}.")
    bare = _scale(task, ordered, weights, made, version)
    rows = make_rows(bare, ordered)
    folds = _assign_folds(ordered)

    def fit(mine: NDArray[np.bool_], strength: float) -> tuple[Doubles, float]:
        fitted = LogisticRegression(C=strength, max_iter=2000, tol=1e-5, random_state=TRAINING_SEED)
        fitted.fit(rows[mine], labels[mine], sample_weight=weights[mine])
        return np.asarray(fitted.coef_[0]), float(fitted.intercept_[0])

    unseen: dict[float, Doubles] = {}
    for strength in STRENGTHS:
        sums = np.zeros(len(ordered))
        for fold in range(FOLDS):
            coefficients, bias = fit(folds != fold, strength)
            sums[folds == fold] = rows[folds == fold] @ coefficients + bias
        unseen[strength] = sums
    strength = max(STRENGTHS, key=lambda c: (round(compute_auc(unseen[c], labels, weights), 4), -c))
    platt = LogisticRegression(C=1e6, max_iter=2000).fit(unseen[strength][:, None], labels, sample_weight=weights)
    coefficients, bias = fit(folds >= 0, strength)
    return _make_model(
        bare, coefficients, bias, max(float(platt.coef_[0][0]), 1e-3), float(platt.intercept_[0]), strength
    )


def make_rows(model: ScoreModel, samples: Sequence[Sample]) -> Doubles:
    """The samples on the model's scale, shape ``(samples, features)``."""
    rows = [model.vector(item.values) for item in samples]
    return np.stack(rows) if rows else np.zeros((0, len(model.features)))


def measure_score_model(model: ScoreModel, samples: Sequence[Sample]) -> dict[str, int]:
    """What a model does on cases: AUC, best F1 with its threshold, calibration error and Brier score in thousandths."""
    labels = np.array([item.label for item in samples], dtype=np.int64)
    scores = model.probability(make_rows(model, samples))
    f1, at = find_best_f1(scores, labels) if len(samples) else (0.0, 0)
    return {
        "auc": round_to_thousandths(compute_auc(scores, labels)),
        "f1": round_to_thousandths(f1),
        "f1_at_percent": at,
        "ece": round_to_thousandths(compute_calibration_error(scores, labels)),
        "brier": round_to_thousandths(compute_brier(scores, labels)),
        "cases": len(samples),
        "positive": int(labels.sum()),
    }


def _scale(task: LearningTask, samples: Sequence[Sample], weights: Doubles, made: date, version: int) -> ScoreModel:
    """The features with their means and spreads, and no weights yet."""
    if task.of_text:
        counts = Counter(word for item in samples for word in item.values)
        common = sorted((-count, word) for word, count in counts.items() if count >= LEAST_TEXTS)[:MOST_WORDS]
        names = tuple(sorted(word for _, word in common))
        kinds = ("word",) * len(names)
    else:
        names = tuple(task.features)
        kinds = tuple(task.features[name][0] for name in names)
    plain = ScoreModel(
        task=task.name,
        version=version,
        features=names,
        transforms=kinds,
        means=(0.0,) * len(names),
        scales=(1.0,) * len(names),
        weights=(0.0,) * len(names),
        bias=0.0,
        slope=1.0,
        offset=0.0,
        data=compute_digest([[s.example_id, s.label, f"{s.weight:.6f}"] for s in samples]),
        made=made.isoformat(),
        settings={"examples": len(samples), "positive": sum(item.label for item in samples)},
    )
    if task.of_text:
        return plain  # words are there or not; scaling them would make rare ones shout
    rows = make_rows(plain, samples)
    means = np.average(rows, axis=0, weights=weights)
    spread = np.sqrt(np.average((rows - means) ** 2, axis=0, weights=weights))
    return replace(plain, means=_round_numbers(means), scales=_round_numbers(np.where(spread > 1e-6, spread, 1.0)))


def _make_model(
    bare: ScoreModel, coefficients: Doubles, bias: float, slope: float, offset: float, strength: float
) -> ScoreModel:
    settings = dict(bare.settings) | {"strength": f"{strength:g}", "folds": FOLDS}
    return replace(
        bare,
        weights=_round_numbers(coefficients),
        settings=settings,
        bias=round(bias, 6),
        slope=round(slope, 6),
        offset=round(offset, 6),
    )


def _round_numbers(numbers: Doubles) -> tuple[float, ...]:
    return tuple(round(float(value), 6) for value in numbers)


def _assign_folds(samples: Sequence[Sample]) -> Ints:
    """The fold of each example, by its id, so that one more example moves no other."""
    return np.array([int(compute_digest(item.example_id)[:8], 16) % FOLDS for item in samples], dtype=np.int64)
