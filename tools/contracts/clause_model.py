"""The trained clause finder at run time: one sparse product over a contract's sentences.

It was trained on public labelled contracts (``learning/clauses.py``). What is kept are weights of words and pairs of
words that stand in many of those contracts, never a text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...policies.errors import BadInput
from ..scoring.npz import pack, unpack
from ..scoring.tfidf import Families, Terms
from .relevance import Sentences

ARTEFACT = "clause_model.npz"


@dataclass(frozen=True, slots=True)
class Label:
    """One kind of clause that people labelled: its public name, our kind, and our words for what it says."""

    label: str
    kind: str
    about: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClauseModel:
    """One linear scorer for each kind of clause.

    Attributes:
        kinds: our kinds, one per column.
        terms: the terms it knows.
        weights: shape ``(terms, kinds)``.
        bias: shape ``(kinds,)``.
        description: how much the fit to ``Label.about``, 0 to 1, adds to a score.
        slope, offset: make a probability of a score: 1 / (1 + exp(-(slope x score + offset))).
        least: how high the best probability in a contract must be for the clause to be there, shape ``(kinds,)``.
        settings: how it was trained, for people to read.
    """

    kinds: tuple[str, ...]
    terms: Terms
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    description: float
    slope: float
    offset: float
    least: NDArray[np.float32]
    settings: Mapping[str, Any]

    def scores(self, sentences: Sequence[Families], labels: Mapping[str, Label]) -> NDArray[np.float64]:
        """The score of each sentence for each kind, shape ``(sentences, kinds)``."""
        found = np.zeros((len(sentences), len(self.kinds)))
        for number, families in enumerate(sentences):
            columns, values = self.terms.row(families)
            found[number] = values @ self.weights[columns] + self.bias
        return found + self.description * descriptions(sentences, [labels[kind] for kind in self.kinds])

    def probabilities(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probabilities of scores."""
        return np.asarray(1 / (1 + np.exp(-np.clip(self.slope * scores + self.offset, -30, 30))))


def descriptions(sentences: Sequence[Families], labels: Sequence[Label]) -> NDArray[np.float64]:
    """How well each sentence of one contract fits each label's description, 0 to 1, shape ``(sentences, labels)``."""
    index = Sentences([[word for word in families[0] if " " not in word] for families in sentences])
    return np.stack([index.relative(label.about) for label in labels], axis=1)


@lru_cache(maxsize=1)
def clause_labels() -> dict[str, Label]:
    """The labels by kind, in the order of ``clause_labels.yaml``."""
    import yaml  # loaded late: only reviews of contracts need it

    from .clause_terms import words_of

    raw = yaml.safe_load(files(__package__).joinpath("clause_labels.yaml").read_text(encoding="utf-8"))
    made = [
        Label(item["label"], item["kind"], tuple(words_of(f"{item['label']} {item['about']}".lower()))) for item in raw
    ]
    return {label.kind: label for label in made}


def to_bytes(model: ClauseModel) -> bytes:
    """The artefact; the same model gives the same bytes. Weights are kept in half precision."""
    record = {
        "kinds": model.kinds,
        "terms": sorted(model.terms.places, key=model.terms.places.__getitem__),
        "description": model.description,
        "slope": model.slope,
        "offset": model.offset,
        "settings": dict(model.settings),
    }
    arrays: dict[str, NDArray[Any]] = {
        "weights": model.weights.astype(np.float16),
        "rarity": model.terms.rarity.astype(np.float16),
        "bias": model.bias.astype(np.float32),
        "least": model.least.astype(np.float32),
    }
    return pack(record, arrays)


@lru_cache(maxsize=1)
def clause_model() -> ClauseModel:
    """The shipped model, read once.

    Raises:
        BadInput: the file is missing or damaged.
    """
    return from_bytes(files(__package__).joinpath(ARTEFACT).read_bytes())


def from_bytes(data: bytes) -> ClauseModel:
    """A model of its artefact.

    Raises:
        BadInput: it is damaged.
    """
    try:
        record, arrays = unpack(data)
        numbers = {name: arrays[name].astype(np.float32) for name in ("weights", "rarity", "bias", "least")}
        kinds, terms = tuple(map(str, record["kinds"])), list(map(str, record["terms"]))
        shapes = {"weights": (len(terms), len(kinds)), "rarity": (len(terms),), "bias": (len(kinds),)}
        for name, shape in (shapes | {"least": (len(kinds),)}).items():
            if numbers[name].shape != shape or not np.isfinite(numbers[name]).all():
                raise ValueError(f"{name} is not a finite array of shape {shape}")
        return ClauseModel(
            kinds,
            Terms({term: at for at, term in enumerate(terms)}, numbers["rarity"]),
            numbers["weights"],
            numbers["bias"],
            float(record["description"]),
            float(record["slope"]),
            float(record["offset"]),
            numbers["least"],
            dict(record["settings"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"The trained clause finder cannot be read ({error}). Make it again with "
            "`python -m countersign.tools.learning.train_clauses --data FOLDER`."
        ) from error
