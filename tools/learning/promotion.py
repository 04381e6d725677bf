"""Whether a newly trained model may take the place of the one in force. Pure.

It must be better on people's held-back cases by a margin, also without any one person's, and no worse on the anchor,
the newer part of the history, which no feedback can change. So one source moves nothing, and many together only as far
as the anchor lets them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from ..scoring.model import ScoreModel
from .metrics import Doubles, Ints, auc, brier, thousandths
from .tasks import Task
from .training import Sample, measure, rows_of
from .votes import LEAST_PEOPLE, V, Vote, Weighed

MARGIN = 20
"""By how much the squared error on held-back cases must be lower, in thousandths of what it was."""
LEAST_TRAINED, LEAST_HELD, LEAST_OF_A_KIND = 30, 20, 5
ANCHOR_AUC, ANCHOR_ERROR, ANCHOR_FOUND = 5, 10, 30
"""What may be lost on the anchor: AUC, share of squared error, share of positive cases found, in thousandths."""
ALARM = 0.5


@dataclass(frozen=True, slots=True)
class Compared:
    """A candidate beside the model in force.

    Attributes:
        adopt: whether it may take its place, as far as figures say; policy is asked after.
        reasons: why not, or what speaks for it.
        figures: in thousandths, for the record.
    """

    adopt: bool
    reasons: tuple[str, ...]
    figures: dict[str, int] = field(default_factory=dict)


def too_few(weighed: Weighed[Vote]) -> str:
    """Why the examples are too few to train on, in words; empty when they are enough."""
    train, held = weighed.part(held_back=False), weighed.part(held_back=True)
    if not weighed.enough:
        return few_people(weighed, "examples")
    if len(train) < LEAST_TRAINED:
        return f"{len(train)} examples to train on; at least {LEAST_TRAINED} are needed"
    positive = sum(vote.sample.label for vote in held)
    if len(held) < LEAST_HELD or min(positive, len(held) - positive) < LEAST_OF_A_KIND:
        return (
            f"{len(held)} held-back cases, {positive} positive; at least {LEAST_HELD} are needed, "
            f"{LEAST_OF_A_KIND} of each kind"
        )
    return ""


def few_people(weighed: Weighed[V], what: str) -> str:
    """That the examples come from too few people, in words."""
    who = "one person" if weighed.people == 1 else f"{weighed.people} people"
    return f"{what} of {who}; at least {LEAST_PEOPLE} different people are needed"


def on_held_back(
    weighed: Weighed[V], better: Callable[[Sequence[V]], int], what: str, figures: dict[str, int], against: list[str]
) -> Compared:
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
    if gained < MARGIN:
        how = f"{gained / 10:.1f} % lower" if gained >= 0 else f"{-gained / 10:.1f} % higher"
        against.append(f"on {len(held)} held-back {what} its error is {how}; {MARGIN / 10:.1f} % lower is the margin")
    rests = (weighed.part(held_back=True, without=human) for human in sorted({vote.human for vote in held}))
    if any(not rest or better(rest) <= 0 for rest in rests):
        against.append(f"it is better only by the {what} of one person")
    if against:
        return Compared(False, tuple(against), figures)
    return Compared(True, (f"its error on {len(held)} held-back {what} is {gained / 10:.1f} % lower",), figures)


def compare(
    task: Task, before: ScoreModel, candidate: ScoreModel, weighed: Weighed[Vote], anchor: Sequence[Sample]
) -> Compared:
    """The candidate against the model in force."""
    figures, against = _on_anchor(task, before, candidate, anchor)
    figures |= _aucs(before, candidate, weighed.part(held_back=True))
    return on_held_back(weighed, partial(_better, before, candidate), "cases", figures, against)


def _on_anchor(
    task: Task, before: ScoreModel, candidate: ScoreModel, anchor: Sequence[Sample]
) -> tuple[dict[str, int], list[str]]:
    old, new = measure(before, anchor), measure(candidate, anchor)
    found = [_found(model, anchor) for model in (before, candidate)]
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


def _found(model: ScoreModel, anchor: Sequence[Sample]) -> int:
    """The share of positive cases with a score of at least 50 %, in thousandths."""
    positive = [item for item in anchor if item.label]
    return thousandths(float((model.probability(rows_of(model, positive)) >= ALARM).mean())) if positive else 0


def _better(before: ScoreModel, candidate: ScoreModel, votes: Sequence[Vote]) -> int:
    """By how much the candidate's squared error is lower, in thousandths of the other's; below 0 when higher."""
    labels, weights = _labels(votes)
    samples = [vote.sample for vote in votes]
    old, new = (brier(model.probability(rows_of(model, samples)), labels, weights) for model in (before, candidate))
    return thousandths((old - new) / old) if old > 0 else 0


def _aucs(before: ScoreModel, candidate: ScoreModel, votes: Sequence[Vote]) -> dict[str, int]:
    labels, weights = _labels(votes)
    samples = [vote.sample for vote in votes]
    old, new = (auc(model.probability(rows_of(model, samples)), labels, weights) for model in (before, candidate))
    return {"auc": thousandths(new), "auc_before": thousandths(old)}


def _labels(votes: Sequence[Vote]) -> tuple[Ints, Doubles]:
    return (
        np.array([vote.sample.label for vote in votes], dtype=np.int64),
        np.array([vote.sample.weight for vote in votes], dtype=np.float64),
    )
