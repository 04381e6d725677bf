"""People's votes are bounded: one vote a case and person, nobody alone, nobody against everybody. Pure.

What an attacker can do with thousands of labels is bounded by the person they come from, not by their number. Within
these bounds the examples for the models that score calls are weighed here; those for the router have their own module.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Generic, Protocol, TypeVar

import numpy as np

from ...policies.domain.canonical import compute_digest
from ...policies.errors import BadInput
from ..scoring.model import ScoreModel
from .examples import LearningExample
from .metrics import compute_auc
from .training import Sample

LEAST_PEOPLE = 3
"""So many different humans must have labelled examples, else nothing is learned from any."""
MOST_TO_MEDIAN = 1.5
"""A person counts at most so many times what the middle one of all counts."""
MOST_TO_HISTORY = 0.3
"""All people together count at most so much of what the history counts."""
HELD_BACK_SHARE = 0.3
"""The share of cases that is never trained on, by the digest of the case."""
LEAST_TO_DISTRUST = 20
"""Whoever said less is not judged by it."""


class PersonVote(Protocol):
    """One person's word on one case."""

    @property
    def human(self) -> str:
        """Whose it is."""
        ...

    @property
    def held_back(self) -> bool:
        """Whether its case is kept for comparing and never trained on."""
        ...


ValueT = TypeVar("ValueT")
VoteT = TypeVar("VoteT", bound=PersonVote)


@dataclass(frozen=True, slots=True)
class WeightedVotes(Generic[VoteT]):
    """People's examples as they may count.

    Attributes:
        people: how many different humans are behind the votes.
        set_aside: how many examples do not count, by why.
        distrusted: humans whose labels contradict the model or everybody else, and do not count.
    """

    votes: tuple[VoteT, ...]
    people: int
    set_aside: Mapping[str, int] = field(default_factory=dict)
    distrusted: tuple[str, ...] = ()

    @property
    def enough(self) -> bool:
        """Whether enough different people are behind them."""
        return self.people >= LEAST_PEOPLE

    def part(self, *, held_back: bool, without: str = "") -> list[VoteT]:
        """The votes that are held back, or those to train on; optionally without one person's."""
        return [vote for vote in self.votes if vote.held_back is held_back and vote.human != without]


def is_held_back(case_id: str) -> bool:
    """Whether a case is kept for comparing: always the same, whoever labels it."""
    return int(compute_digest(["held back", case_id])[:8], 16) % 1000 < HELD_BACK_SHARE * 1000


def drop_contradictions(
    last: Mapping[tuple[str, str], tuple[LearningExample, ValueT]], aside: Counter[str]
) -> dict[str, list[tuple[LearningExample, ValueT]]]:
    """By human, without the cases on which people contradict each other.

    Args:
        last: the last word of each human on each case, with what the case is made of.
        aside: counts what is left out.
    """
    labels: dict[str, Counter[str]] = defaultdict(Counter)
    for (_, case_id), (example, _) in last.items():
        labels[case_id][example.label] += 1
    found: dict[str, list[tuple[LearningExample, ValueT]]] = defaultdict(list)
    for (human, case_id), one in last.items():
        if len(labels[case_id]) > 1:
            aside["contradicted by somebody else"] += 1
        else:
            found[human].append(one)
    return found


def compute_vote_weights(counts: Mapping[str, int], history: int) -> dict[str, float]:
    """The weight of one example of each human, by how many they have and how many cases the history holds.

    Without a history there is none to outweigh; then nothing is trained, and the weights only say how a model does.
    """
    if not counts:
        return {}
    most = MOST_TO_MEDIAN * median(counts.values())
    weights = {human: min(1.0, most / count) for human, count in counts.items()}
    total = sum(weights[human] * count for human, count in counts.items())
    share = min(1.0, MOST_TO_HISTORY * history / total) if history else 1.0
    return {human: weight * share for human, weight in weights.items()}


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


def weigh_examples(
    examples: Iterable[LearningExample],
    model: ScoreModel,
    history: int,
    values_of: Callable[[LearningExample], Mapping[str, float] | None],
    *,
    trusting: bool = False,
) -> WeightedVotes[Vote]:
    """Which examples count, and how much.

    Args:
        model: in force; labels that go against it almost throughout are set aside.
        history: how many cases of the history there are, each with weight 1.
        values_of: the features of an example, or ``None`` when they are gone.
        trusting: also counts labels that go against the model, for asking whether the model is still good.
    """
    aside: Counter[str] = Counter()
    last: dict[tuple[str, str], tuple[LearningExample, Mapping[str, float]]] = {}
    for example in sorted(examples, key=lambda item: (item.at, item.example_id)):
        values = values_of(example) if example.label in ("0", "1") else None
        if values is None:
            aside["says nothing of the question" if example.label not in ("0", "1") else "its features are gone"] += 1
            continue
        key = (example.human, example.case_id)
        aside["said again of the same case"] += key in last
        last[key] = (example, values)
    mine = drop_contradictions(last, aside)
    distrusted = [] if trusting else _find_distrusted(mine, model)
    for human in distrusted:
        aside["of people whose labels go against the model"] += len(mine.pop(human))
    weights = compute_vote_weights({human: len(own) for human, own in mine.items()}, history)
    votes = tuple(
        Vote(
            human, Sample(example.example_id, values, int(example.label), weights[human]), is_held_back(example.case_id)
        )
        for human, own in sorted(mine.items())
        for example, values in own
    )
    return WeightedVotes(votes, len(mine), {why: n for why, n in aside.items() if n}, tuple(sorted(distrusted)))


ExamplesByHuman = dict[str, list[tuple[LearningExample, Mapping[str, float]]]]


def _find_distrusted(mine: ExamplesByHuman, model: ScoreModel) -> list[str]:
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
        against = both and compute_auc(scores, labels) < _AGAINST
        missed = float(len(labels) - scores.sum() if labels.all() else scores.sum())
        if against or abs(float(labels.mean() - scores.mean())) > _OFF or (not both and missed > _MISSED):
            found.append(human)
    return found


def list_samples(votes: Sequence[Vote]) -> list[Sample]:
    """The samples of votes."""
    return [vote.sample for vote in votes]
