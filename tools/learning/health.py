"""Health says whether a model is still good enough lately, and how far its world has moved. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..scoring.model import ScoreModel
from ..scoring.task import LearningTask
from .examples import LearningExample
from .metrics import (
    Doubles,
    Ints,
    compute_auc,
    compute_calibration_error,
    compute_stability_index,
    round_to_thousandths,
)
from .training import Sample, make_rows
from .votes import Vote, WeightedVotes

RECENT_DAYS = 90
LEAST_RECENT, LEAST_OF_A_KIND = 30, 10
SHIFT_LIMIT = 250
"""A stability index from here on, in thousandths, is a shift that needs a look (Siddiqi, 2006)."""
MIN_SCORES = 50


@dataclass(frozen=True, slots=True)
class Health:
    """How a model does on recent labelled cases.

    Attributes:
        cases: how many of them there are; too few prove nothing, and then the held-out figures of its card hold.
        metrics: AUC and calibration error in thousandths, on those cases or of the card.
        below: what of the target is missed, in words; empty when it is met.
    """

    cases: int
    metrics: Mapping[str, int]
    below: str


def compute_health(task: LearningTask, model: ScoreModel, recent: WeightedVotes[Vote]) -> Health:
    """How the model in force does.

    Args:
        recent: people's examples of the last 90 days, also those that go against the model.
    """
    votes = recent.votes
    labels = np.array([vote.sample.label for vote in votes], dtype=np.int64)
    positive = int(labels.sum())
    enough = recent.enough and len(votes) >= LEAST_RECENT and min(positive, len(votes) - positive) >= LEAST_OF_A_KIND
    if not enough:
        return Health(len(votes), dict(model.metrics), task.target.explain_missed(dict(model.metrics)))
    weights = np.array([vote.sample.weight for vote in votes], dtype=np.float64)
    scores = model.probability(make_rows(model, [vote.sample for vote in votes]))
    metrics = {
        "auc": round_to_thousandths(compute_auc(scores, labels, weights)),
        # People are asked about the doubtful cases, so that their share of positive ones is not that of all: scores
        # are shifted by that difference before they are compared (prior correction; King and Zeng, 2001).
        "ece": round_to_thousandths(compute_calibration_error(_shift_scores(scores, labels), labels)),
    }
    return Health(len(votes), metrics, task.target.explain_missed(metrics))


def compute_drift(model: ScoreModel, history: Sequence[Sample], lately: Doubles) -> int:
    """The population stability index of recent probabilities against those of the history, in thousandths."""
    return round_to_thousandths(compute_stability_index(model.probability(make_rows(model, history)), lately))


def compute_edit_rate(examples: Sequence[LearningExample]) -> tuple[int, int]:
    """How many answered reviews people changed, sent back or rejected, and how many they answered at all."""
    kinds = Counter(item.kind for item in examples)
    changed = sum(kinds[kind] for kind in ("edited", "rejected", "sent_back", "answered"))
    return changed, changed + kinds["approved"]


def _shift_scores(scores: Doubles, labels: Ints) -> Doubles:
    """Scores with their mean log-odds moved so that their mean is the share of positive cases."""
    odds = np.log(np.clip(scores, 1e-6, 1 - 1e-6) / np.clip(1 - scores, 1e-6, 1))
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if (1 / (1 + np.exp(-(odds + middle)))).mean() < labels.mean() else (low, middle)
    return np.asarray(1 / (1 + np.exp(-(odds + low))))
