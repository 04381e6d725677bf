"""What people decided in the past, with the outcome: the labelled history that small models are trained on.

The sample company's tables hold what is; these cases hold what was known when somebody had to decide, and what turned
out to be true. They are drawn from a fixed seed, are the same on every machine, and stand in no table, so that no tool
and no agent can read an outcome.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

PAST_SEED = 20
DAYS = 720
LAST_DAY = date(2025, 12, 31)
Values = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class PastCase:
    """One case that is settled.

    Attributes:
        case_id: such as ``"PR-0001"``; the same for the same case.
        at: the day on which it was decided.
        values: what was known then, by feature; empty for a text.
        text: what somebody wrote, for models of text.
        label: 1 when it turned out so (fraud, an exception, urgent, displeased), else 0.
        truth: the label before the labelling mistakes of people were drawn; for evaluation only, never for training.
        phrases: of a text, which sentences of the phrase book it was put together from.
    """

    case_id: str
    at: date
    values: Values
    label: int
    truth: int
    text: str = ""
    phrases: tuple[str, ...] = ()


def drawn(
    prefix: str, count: int, noise: float, draw: Callable[[Random, int], tuple[Values, int]]
) -> tuple[PastCase, ...]:
    """So many cases with numbers, oldest first.

    Args:
        noise: the share of cases that people labelled wrongly.
        draw: makes the values and the truth of the case with this number.
    """
    rng = Random(f"{PAST_SEED}:{prefix}")
    found = []
    for number in range(count):
        values, truth = draw(rng, number)
        label = 1 - truth if rng.random() < noise else truth
        found.append(PastCase(f"{prefix}-{number + 1:04d}", on(number, count), values, label, truth))
    return tuple(found)


def on(number: int, count: int) -> date:
    """The day of the case with this number of so many, spread evenly over the history."""
    return LAST_DAY - timedelta(days=DAYS - 1 - number * DAYS // count)


def weighted(rng: Random, shares: Mapping[str, float]) -> str:
    """One of the names, as often as its share says."""
    return rng.choices(list(shares), weights=list(shares.values()))[0]
