"""How much people's examples for the models that score calls count, within the bounds of :mod:`.votes`. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...policies.errors import BadInput
from ..scoring.model import ScoreModel
from .examples import Example
from .metrics import auc
from .training import Sample
from .votes import LEAST_TO_DISTRUST, Weighed, agreed, held_back, weights_of

_AGAINST = 0.4
_OFF = 0.5
_MISSED = 30.0


@dataclass(frozen=True, slots=True)
class Vote:
    """One person's label on one case, with how much it counts.

    Attributes:
        held_back: whether its case is kept for comparing and never trained on.
    """

    human: str
    sample: Sample
    held_back: bool


def weigh(
    examples: Iterable[Example],
    model: ScoreModel,
    history: int,
    values_of: Callable[[Example], Mapping[str, float] | None],
    *,
    trusting: bool = False,
) -> Weighed[Vote]:
    """Which examples count, and how much.

    Args:
        model: in force; labels that go against it almost throughout are set aside.
        history: how many cases of the history there are, each with weight 1.
        values_of: the features of an example, or ``None`` when they are gone.
        trusting: also counts labels that go against the model, for asking whether the model is still good.
    """
    aside: Counter[str] = Counter()
    last: dict[tuple[str, str], tuple[Example, Mapping[str, float]]] = {}
    for example in sorted(examples, key=lambda item: (item.at, item.example_id)):
        values = values_of(example) if example.label in ("0", "1") else None
        if values is None:
            aside["says nothing of the question" if example.label not in ("0", "1") else "its features are gone"] += 1
            continue
        key = (example.human, example.case_id)
        aside["said again of the same case"] += key in last
        last[key] = (example, values)
    mine = agreed(last, aside)
    distrusted = [] if trusting else _distrusted(mine, model)
    for human in distrusted:
        aside["of people whose labels go against the model"] += len(mine.pop(human))
    weights = weights_of({human: len(own) for human, own in mine.items()}, history)
    votes = tuple(
        Vote(human, Sample(example.example_id, values, int(example.label), weights[human]), held_back(example.case_id))
        for human, own in sorted(mine.items())
        for example, values in own
    )
    return Weighed(votes, len(mine), {why: n for why, n in aside.items() if n}, tuple(sorted(distrusted)))


Mine = dict[str, list[tuple[Example, Mapping[str, float]]]]


def _distrusted(mine: Mine, model: ScoreModel) -> list[str]:
    """Humans whose labels are the opposite of what the model says, or one answer where it expects many of the other."""
    found = []
    for human, own in mine.items():
        if len(own) < LEAST_TO_DISTRUST:
            continue
        try:
            scores = model.probability(np.stack([model.vector(values) for _, values in own]))
        except BadInput:
            found.append(human)
            continue
        labels = np.array([int(example.label) for example, _ in own], dtype=np.int64)
        both = 0 < labels.sum() < len(labels)
        against = both and auc(scores, labels) < _AGAINST
        missed = float(len(labels) - scores.sum() if labels.all() else scores.sum())
        if against or abs(float(labels.mean() - scores.mean())) > _OFF or (not both and missed > _MISSED):
            found.append(human)
    return found


def samples(votes: Sequence[Vote]) -> list[Sample]:
    """The samples of votes."""
    return [vote.sample for vote in votes]
