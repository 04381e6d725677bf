"""What bounds people's votes: one vote a case and person, nobody alone, nobody against everybody. Pure.

What an attacker can do with thousands of labels is bounded by the person they come from, not by their number.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Generic, Protocol, TypeVar

from ...policies.domain.canonical import digest
from .examples import Example

LEAST_PEOPLE = 3
"""So many different humans must have labelled examples, else nothing is learned from any."""
MOST_TO_MEDIAN = 1.5
"""A person counts at most so many times what the middle one of all counts."""
MOST_TO_HISTORY = 0.3
"""All people together count at most so much of what the history counts."""
HELD_BACK = 0.3
"""The share of cases that is never trained on, by the digest of the case."""
LEAST_TO_DISTRUST = 20
"""Whoever said less is not judged by it."""


class OneVote(Protocol):
    """One person's word on one case."""

    @property
    def human(self) -> str:
        """Whose it is."""
        ...

    @property
    def held_back(self) -> bool:
        """Whether its case is kept for comparing and never trained on."""
        ...


T = TypeVar("T")
V = TypeVar("V", bound=OneVote)


@dataclass(frozen=True, slots=True)
class Weighed(Generic[V]):
    """People's examples as they may count.

    Attributes:
        people: how many different humans are behind the votes.
        set_aside: how many examples do not count, by why.
        distrusted: humans whose labels contradict the model or everybody else, and do not count.
    """

    votes: tuple[V, ...]
    people: int
    set_aside: Mapping[str, int] = field(default_factory=dict)
    distrusted: tuple[str, ...] = ()

    @property
    def enough(self) -> bool:
        """Whether enough different people are behind them."""
        return self.people >= LEAST_PEOPLE

    def part(self, *, held_back: bool, without: str = "") -> list[V]:
        """The votes that are held back, or those to train on; optionally without one person's."""
        return [vote for vote in self.votes if vote.held_back is held_back and vote.human != without]


def held_back(case_id: str) -> bool:
    """Whether a case is kept for comparing: always the same, whoever labels it."""
    return int(digest(["held back", case_id])[:8], 16) % 1000 < HELD_BACK * 1000


def agreed(
    last: Mapping[tuple[str, str], tuple[Example, T]], aside: Counter[str]
) -> dict[str, list[tuple[Example, T]]]:
    """By human, without the cases on which people contradict each other.

    Args:
        last: the last word of each human on each case, with what the case is made of.
        aside: counts what is left out.
    """
    labels: dict[str, Counter[str]] = defaultdict(Counter)
    for (_, case_id), (example, _) in last.items():
        labels[case_id][example.label] += 1
    found: dict[str, list[tuple[Example, T]]] = defaultdict(list)
    for (human, case_id), one in last.items():
        if len(labels[case_id]) > 1:
            aside["contradicted by somebody else"] += 1
        else:
            found[human].append(one)
    return found


def weights_of(counts: Mapping[str, int], history: int) -> dict[str, float]:
    """The weight of one example of each human, by how many they have and how many cases the history holds."""
    if not counts:
        return {}
    most = MOST_TO_MEDIAN * median(counts.values())
    weights = {human: min(1.0, most / count) for human, count in counts.items()}
    total = sum(weights[human] * count for human, count in counts.items())
    share = min(1.0, MOST_TO_HISTORY * history / total)
    return {human: weight * share for human, weight in weights.items()}
