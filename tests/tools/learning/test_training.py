"""Training: the same examples give the same model, whatever their order, and measures are what they say."""

from datetime import date

import numpy as np
import pytest
from countersign.tools.learning.metrics import compute_auc, compute_calibration_error, compute_stability_index
from countersign.tools.learning.training import Sample, TrainingError, load_past_samples, train_score_model
from countersign.tools.sample_company.business import read_labelled_history
from countersign.tools.score_tasks.registry import LEARNING_TASKS

DAY = date(2026, 1, 1)


def test_training_does_not_depend_on_order_and_agrees_with_what_is_shipped() -> None:
    """A model that nobody can make again cannot be audited."""
    pytest.importorskip("sklearn")
    seen, held = load_past_samples(LEARNING_TASKS["fraud"], read_labelled_history("fraud"))
    first, second = (
        train_score_model(LEARNING_TASKS["fraud"], seen, DAY),
        train_score_model(LEARNING_TASKS["fraud"], list(reversed(seen)), DAY),
    )
    assert first.digest == second.digest
    assert abs(first.score(held[0].values).percent - second.score(held[0].values).percent) == 0


def test_too_few_examples_train_nothing() -> None:
    """A model of three cases would look sure."""
    seen, _ = load_past_samples(LEARNING_TASKS["fraud"], read_labelled_history("fraud"))
    with pytest.raises(TrainingError, match="too few"):
        train_score_model(LEARNING_TASKS["fraud"], [Sample(str(n), seen[n].values, 0) for n in range(50)], DAY)


def test_auc_counts_ties_as_half() -> None:
    """A model that gives everybody the same score knows nothing."""
    labels = np.array([0, 1, 0, 1])
    assert compute_auc(np.full(4, 0.3), labels) == 0.5
    assert compute_auc(np.array([0.1, 0.9, 0.2, 0.8]), labels) == 1.0
    assert compute_auc(np.array([0.9, 0.1, 0.8, 0.2]), labels) == 0.0
    assert compute_auc(np.array([0.1, 0.2]), np.array([1, 1])) == 0.5


def test_calibration_error_is_the_gap_between_said_and_true() -> None:
    """Nine out of ten that happen half of the time are forty points off."""
    said = np.full(10, 0.9)
    assert compute_calibration_error(said, np.array([1, 0] * 5)) == pytest.approx(0.4)
    assert compute_calibration_error(np.zeros(0), np.zeros(0, dtype=np.int64)) == 0.0


def test_drift_is_seen() -> None:
    """A shift of all scores must not pass as steady, and none must not alarm."""
    generator = np.random.default_rng(3)
    before = generator.beta(2, 8, 4000)
    assert compute_stability_index(before, generator.beta(2, 8, 4000)) < 0.02
    assert compute_stability_index(before, generator.beta(4, 4, 4000)) > 0.25
    assert compute_stability_index(np.full(50, 0.2), np.full(50, 0.9)) > 0.25
