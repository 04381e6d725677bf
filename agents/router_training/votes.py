"""Each person's corrections of a request's route count as one vote; nobody decides alone or against everybody.

The bounds are those of the other models (``tools/learning/votes.py``); here a case is a request, however often it
was written, and the label an intent.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ...policies.domain.canonical import compute_digest
from ...tools.learning.examples import LearningExample
from ...tools.learning.votes import (
    LEAST_TO_DISTRUST,
    WeightedVotes,
    compute_vote_weights,
    drop_contradictions,
    is_held_back,
)
from ..routing.classifier import Classifier, Floats

MOST_OF_A_PERSON = 300
"""So many of a person's corrections count, the newest; more teach nothing new and cost time."""
LEAST_BELIEVED = 0.05
"""Whose readings the router gives less than this on average are not believed: it had asked between likely ones."""
LEAST_LIKELY = 0.02
"""A reading that the router in force gives less than this was none that it offered; it asks between the two best."""


@dataclass(frozen=True, slots=True)
class Correction:
    """One person's reading of one request.

    Attributes:
        text: the request as the classifier reads it.
        vector: of the text, unit length.
        weight: how much it counts; 1 for an example that came with this version.
        held_back: whether the request is kept for comparing and never trained on.
    """

    human: str
    text: str
    intent: str
    vector: Floats
    weight: float
    held_back: bool


def weigh_corrections(
    examples: Iterable[LearningExample],
    model: Classifier,
    history: int,
    learnable: frozenset[str],
    read: Callable[[str], str],
    embed: Callable[[Sequence[str]], Floats],
) -> WeightedVotes[Correction]:
    """Which corrections count, and how much.

    Args:
        examples: collected ones; the intent is the label.
        model: in force; people whose readings it finds unlikely almost throughout are set aside.
        history: how many shipped examples there are, each with weight 1.
        learnable: the intents that can be learned.
        read: a message as the classifier reads it.
        embed: vectors of such texts.
    """
    aside: Counter[str] = Counter()
    last: dict[tuple[str, str], tuple[LearningExample, str]] = {}
    for example in sorted(examples, key=lambda item: (item.at, item.example_id)):
        text = read(example.values.get("text", ""))
        if example.label not in learnable or not text:
            aside["names no intent that can be learned" if text else "its words are gone"] += 1
            continue
        key = (example.human, compute_digest(text.casefold()))
        aside["said again of the same request"] += key in last
        last.pop(key, None)
        last[key] = (example, text)
    mine = drop_contradictions(last, aside)
    for human, own in mine.items():
        if len(own) > MOST_OF_A_PERSON:
            aside["older ones of a person with very many"] += len(own) - MOST_OF_A_PERSON
            mine[human] = sorted(own, key=lambda item: item[0].at)[-MOST_OF_A_PERSON:]
    vectors = {human: embed([text for _, text in own]) for human, own in mine.items()}
    believed = {human: _chances(own, vectors[human], model) for human, own in mine.items()}
    distrusted = [
        human
        for human, own in mine.items()
        if len(own) >= LEAST_TO_DISTRUST and believed[human].mean() < LEAST_BELIEVED
    ]
    for human in distrusted:
        aside["of people whose readings go against the router"] += len(mine.pop(human))
    for human, own in list(mine.items()):
        likely = believed[human] >= LEAST_LIKELY
        aside["of readings that the router could not have offered"] += int((~likely).sum())
        vectors[human] = vectors[human][likely]
        mine[human] = [item for item, kept in zip(own, likely, strict=True) if kept]
    mine = {human: own for human, own in mine.items() if own}
    weights = compute_vote_weights({human: len(own) for human, own in mine.items()}, history)
    found = tuple(
        Correction(human, text, example.label, vector, weights[human], is_held_back(text.casefold()))
        for human, own in sorted(mine.items())
        for (example, text), vector in zip(own, vectors[human], strict=True)
    )
    return WeightedVotes(found, len(mine), {why: n for why, n in aside.items() if n}, tuple(sorted(distrusted)))


def compute_chances(model: Classifier, items: Sequence[tuple[str, Floats, str]]) -> np.ndarray:
    """The probability that a classifier gives the wanted intent of each text, shape ``(items,)``."""
    found = [dict(model.classify(text, vector).ranking)[intent] for text, vector, intent in items]
    return np.array(found, dtype=np.float64)


def _chances(own: Sequence[tuple[LearningExample, str]], vectors: Floats, model: Classifier) -> np.ndarray:
    items = [(text, vector, example.label) for (example, text), vector in zip(own, vectors, strict=True)]
    return compute_chances(model, items)
