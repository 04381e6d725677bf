"""This module says whether a newly trained model may take the place of the one in force. Pure.

It must be better on people's held-back cases by a margin, also without any one person's, and no worse on the anchor,
the newer part of the history, which no feedback can change. So one source moves nothing, and many together only as far
as the anchor lets them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from ..scoring.model import ScoreModel
from ..scoring.task import LearningTask
from .metrics import Doubles, Ints, compute_auc, compute_brier, round_to_thousandths
from .training import Sample, make_rows, measure_score_model
from .votes import LEAST_PEOPLE, Vote, VoteT, WeightedVotes

ERROR_MARGIN = 20
"""By how much the squared error on held-back cases must be lower, in thousandths of what it was."""
LEAST_TRAINED, LEAST_HELD, LEAST_OF_A_KIND = 30, 20, 5
ANCHOR_AUC, ANCHOR_ERROR, ANCHOR_FOUND = 5, 10, 30
"""What may be lost on the anchor: AUC, share of squared error, share of positive cases found, in thousandths."""
ALARM_PROBABILITY = 0.5


@dataclass(frozen=True, slots=True)
class ModelComparison:
    """A candidate beside the model in force.

    Attributes:
        adopt: whether it may take its place, as far as figures say; policy is asked after.
        reasons: why not, or what speaks for it.
        figures: in thousandths, for the record.
    """

    adopt: bool
    reasons: tuple[str, ...]
    figures: dict[str, int] = field(default_factory=dict)


def explain_too_few(weighed: WeightedVotes[Vote]) -> str:
    """Why the examples are too few to train on, in words; empty when they are enough."""
    train, held = weighed.part(held_back=False), weighed.part(held_back=True)
    if not weighed.enough:
        return explain_few_people(weighed, "examples")
    if len(train) < LEAST_TRAINED:
        return f"{len(train)} examples to train on; at least {LEAST_TRAINED} are needed"
    positive = sum(vote.sample.label for vote in held)
    if len(held) < LEAST_HELD or min(positive, len(held) - positive) < LEAST_OF_A_KIND:
        return (
            f"{len(held)} held-back cases, {positive} positive; at least {LEAST_HELD} are needed, "
            f"{LEAST_OF_A_KIND} of each kind"
        )
    return ""


def explain_few_people(weighed: WeightedVotes[VoteT], what: str) -> str:
    """That the examples come from too few people, in words."""
    who = "one person" if weighed.people == 1 else f"{weighed.people} people"
    return f"{what} of {who}; at least {LEAST_PEOPLE} different people are needed"


def compare_on_held_back(
    weighed: WeightedVotes[VoteT],
    better: Callable[[Sequence[VoteT]], int],
    what: str,
    figures: dict[str, int],
    against: list[str],
) -> ModelComparison:
    """Whether a candidate is better on what people said and nothing was trained on, and so may be adopted.

    Args:
        better: by how much its error is lower on some votes, in thousandths; below 0 when higher.
        what: the word for what is held back.
        figures: what else was measured.
        against: what else speaks against it.
    """
    held = weighed.part(held_back=True)
    gained = better(held)
    figures["better"] = gained
    if gained < ERROR_MARGIN:
        how = f"{gained / 10:.1f} % lower" if gained >= 0 else f"{-gained / 10:.1f} % higher"
        against.append(
            f"on {len(held)} held-back {what} its error is {how}; {ERROR_MARGIN / 10:.1f} % lower is the margin"
        )
    rests = (weighed.part(held_back=True, without=human) for human in sorted({vote.human for vote in held}))
    if any(not rest or better(rest) <= 0 for rest in rests):
        against.append(f"it is better only by the {what} of one person")
    if against:
        return ModelComparison(False, tuple(against), figures)
    return ModelComparison(True, (f"its error on {len(held)} held-back {what} is {gained / 10:.1f} % lower",), figures)


def compare_models(
    task: LearningTask,
    before: ScoreModel,
    candidate: ScoreModel,
    weighed: WeightedVotes[Vote],
    anchor: Sequence[Sample],
) -> ModelComparison:
    """The candidate against the model in force."""
    figures, against = _compare_on_anchor(task, before, candidate, anchor)
    figures |= _compute_aucs(before, candidate, weighed.part(held_back=True))
    return compare_on_held_back(weighed, partial(_compute_gain, before, candidate), "cases", figures, against)


def _compare_on_anchor(
    task: LearningTask, before: ScoreModel, candidate: ScoreModel, anchor: Sequence[Sample]
) -> tuple[dict[str, int], list[str]]:
    old, new = measure_score_model(before, anchor), measure_score_model(candidate, anchor)
    found = [_compute_found(model, anchor) for model in (before, candidate)]
    figures = {
        "anchor_auc": new["auc"],
        "anchor_auc_before": old["auc"],
        "anchor_ece": new["ece"],
        "anchor_error": new["brier"],
        "anchor_error_before": old["brier"],
        "anchor_found": found[1],
        "anchor_found_before": found[0],
    }
    against = []
    if missed := task.target.explain_missed(new):
        against.append(f"below target on the anchor: {missed}")
    if new["auc"] < old["auc"] - ANCHOR_AUC:
        against.append(f"AUC on the anchor falls from {old['auc'] / 1000:.3f} to {new['auc'] / 1000:.3f}")
    if new["brier"] * 1000 > old["brier"] * (1000 + ANCHOR_ERROR) + 500:
        against.append(f"the error on the anchor rises from {old['brier'] / 1000:.3f} to {new['brier'] / 1000:.3f}")
    if found[1] < found[0] - ANCHOR_FOUND:
        against.append(
            f"of the positive cases of the anchor it finds {found[1] / 10:.0f} % instead of {found[0] / 10:.0f} %"
        )
    return figures, against


def _compute_found(model: ScoreModel, anchor: Sequence[Sample]) -> int:
    """The share of positive cases with a score of at least 50 %, in thousandths."""
    positive = [item for item in anchor if item.label]
    return (
        round_to_thousandths(float((model.probability(make_rows(model, positive)) >= ALARM_PROBABILITY).mean()))
        if positive
        else 0
    )


def _compute_gain(before: ScoreModel, candidate: ScoreModel, votes: Sequence[Vote]) -> int:
    """By how much the candidate's squared error is lower, in thousandths of the other's; below 0 when higher."""
    labels, weights = _collect_labels(votes)
    samples = [vote.sample for vote in votes]
    old, new = (
        compute_brier(model.probability(make_rows(model, samples)), labels, weights) for model in (before, candidate)
    )
    return round_to_thousandths((old - new) / old) if old > 0 else 0


def _compute_aucs(before: ScoreModel, candidate: ScoreModel, votes: Sequence[Vote]) -> dict[str, int]:
    labels, weights = _collect_labels(votes)
    samples = [vote.sample for vote in votes]
    old, new = (
        compute_auc(model.probability(make_rows(model, samples)), labels, weights) for model in (before, candidate)
    )
    return {"auc": round_to_thousandths(new), "auc_before": round_to_thousandths(old)}


def _collect_labels(votes: Sequence[Vote]) -> tuple[Ints, Doubles]:
    return (
        np.array([vote.sample.label for vote in votes], dtype=np.int64),
        np.array([vote.sample.weight for vote in votes], dtype=np.float64),
    )
