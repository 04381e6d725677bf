"""Metrics say how good a score is, and how far the world has moved since its training. Pure NumPy."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Doubles: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
BINS = 10
_LEAST_SHARE = 1e-4


def compute_auc(scores: Doubles, labels: Ints, weights: Doubles | None = None) -> float:
    """The chance that a random positive case has a higher score than a random negative one; ties count half.

    Area under the ROC curve in its form as a rank statistic (Hanley and McNeil, Radiology 143, 1982).

    Args:
        scores, labels, weights: shape ``(cases,)``; labels 0 or 1.

    Returns:
        0 to 1; 0.5 when one of the two classes is missing.
    """
    weights = np.ones(len(scores)) if weights is None else weights
    positive, negative = weights * (labels == 1), weights * (labels == 0)
    if not positive.sum() or not negative.sum():
        return 0.5
    _, place = np.unique(scores, return_inverse=True)
    up = np.bincount(place, weights=positive)
    down = np.bincount(place, weights=negative)
    below = np.cumsum(down) - down
    return float((up * (below + down / 2)).sum() / (positive.sum() * negative.sum()))


def compute_calibration_error(scores: Doubles, labels: Ints) -> float:
    """Expected calibration error over ten bins of equal width, 0 to 1 (Guo et al., "On Calibration", 2017)."""
    if not len(scores):
        return 0.0
    place = np.minimum((scores * BINS).astype(int), BINS - 1)
    total = 0.0
    for bin_ in range(BINS):
        mine = place == bin_
        if mine.any():
            total += mine.mean() * abs(float(scores[mine].mean()) - float(labels[mine].mean()))
    return float(total)


def compute_brier(scores: Doubles, labels: Ints, weights: Doubles | None = None) -> float:
    """The mean squared difference between probability and what happened (Brier, 1950)."""
    return float(np.average((scores - labels) ** 2, weights=weights)) if len(scores) else 0.0


def find_best_f1(scores: Doubles, labels: Ints) -> tuple[float, int]:
    """The highest F1 over whole per cents as threshold, and that threshold."""
    found = [(compute_f1(np.round(scores * 100) >= at, labels), -at) for at in range(1, 100)]
    value, at = max(found)
    return value, -at


def compute_f1(said: NDArray[np.bool_], labels: Ints) -> float:
    """The harmonic mean of precision and recall; 0 when nothing positive is found."""
    hits = int((said & (labels == 1)).sum())
    return 2 * hits / (int(said.sum()) + int((labels == 1).sum())) if hits else 0.0


def compute_stability_index(before: Doubles, now: Doubles) -> float:
    """The population stability index of scores: how much their distribution has shifted.

    ``sum((now - before) * ln(now / before))`` over the tenths of the scores before (Siddiqi, "Credit Risk Scorecards",
    2006, chapter 8): below 0.1 is steady, above 0.25 a shift that needs a look.
    """
    if not len(before) or not len(now):
        return 0.0
    edges = np.unique(np.quantile(before, np.linspace(0, 1, BINS + 1)[1:-1]))
    shares = []
    for sample in (before, now):
        counts = np.bincount(np.searchsorted(edges, sample, side="left"), minlength=len(edges) + 1)
        shares.append(np.maximum(counts / len(sample), _LEAST_SHARE))
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


def round_to_thousandths(value: float) -> int:
    """A figure as a whole number, for records that hold no binary floats."""
    return round(value * 1000)
