"""The trained classifier puts a message's vector and its words against one matrix, in NumPy.

The words of a message are words with pairs of words, and parts of words, which survive a slip of the fingers. How the
classifier is trained stands in ``router_training/training.py``, from what in ``router_training/train.py``, and how it
is kept on disk in :mod:`.classifier_file`.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...policies.errors import BadInput
from ...tools.scoring.tfidf import SparseRow, Terms, count_term_texts, fit_terms
from .intents import OUT_OF_SCOPE

MOST_CHARS = 4_000
_WORD = re.compile(r"\w+(?:'\w+)?")
_PART = "#"


def make_term_row(terms: Terms, text: str) -> SparseRow:
    """Columns and values of a message; at most 4,000 characters are read."""
    return terms.row(split_terms(text))


def fit_words(texts: Sequence[str], *, least: int = 2, least_parts: int | None = 3) -> Terms:
    """The terms of some messages.

    Args:
        texts: the training messages.
        least: how many of them must hold a word, or a pair of words.
        least_parts: how many must hold a part of a word; None leaves parts out.
    """
    counts = count_term_texts(map(split_terms, texts))
    kept = [
        term
        for term, count in counts.items()
        if (count >= least if not term.startswith(_PART) else least_parts is not None and count >= least_parts)
    ]
    return fit_terms(counts, len(texts), kept)


def split_terms(text: str) -> tuple[list[str], list[str]]:
    """Words and pairs of neighbours; parts of words, which begin with "#"."""
    words = _WORD.findall(unicodedata.normalize("NFKC", text[:MOST_CHARS]).casefold().replace("’", "'"))
    return [*words, *(f"{a} {b}" for a, b in pairwise(words))], list(_parts(words))


def _parts(words: Sequence[str]) -> Iterator[str]:
    """Runs of three and four letters of each word, its ends marked by spaces."""
    for word in words:
        padded = f" {word} "
        for length in (3, 4):
            for start in range(len(padded) - length + 1):
                yield _PART + padded[start : start + length]


Floats: TypeAlias = NDArray[np.float32]
Doubles: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the classifier makes of one text.

    Attributes:
        intent: the best reading, or ``"out_of_scope"``.
        agent: the agent that owns it, or ``None``.
        confidence: its calibrated probability, 0 to 1.
        runner_up: the second reading.
        margin: how far the second is behind, 0 to 1.
        out_of_scope: whether the text is none of the assistant's business, by class or because it is unfamiliar.
        ranking: every intent with its probability, best first.
    """

    intent: str
    agent: str | None
    confidence: float
    runner_up: str
    margin: float
    out_of_scope: bool
    ranking: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class FamiliarityGate:
    """How familiar a text is, and how familiar it must be.

    Attributes:
        weights: what :func:`compute_familiarity_signs` count for, shape ``(3,)``.
        least: a text with a lower sum is out of scope.
    """

    weights: Floats
    least: float


@dataclass(frozen=True, slots=True)
class Classifier:
    """Multinomial logistic regression over a vector and words, calibrated, with a gate for what it has never seen.

    Attributes:
        labels: the intents, one per row; ``"out_of_scope"`` may be one of them.
        agents: the agent that owns each, or ``None``.
        weights: what each dimension of the vector counts for, shape ``(labels, dimensions)``.
        words: the terms it knows.
        term_weights: what each term counts for, shape ``(terms, labels)``.
        bias: shape ``(labels,)``.
        temperature: divides the scores before the softmax (Guo et al., "On Calibration of Modern Neural
            Networks", 2017).
        centroids: the mean direction of each intent in scope, shape ``(labels in scope, dimensions)``.
        gate: what is out of scope.
        embedder: the name of the model that made the vectors.
        examples: digest of the training examples.
        settings: how it was trained, for people to read.
    """

    labels: tuple[str, ...]
    agents: tuple[str | None, ...]
    weights: Floats
    words: Terms
    term_weights: Floats
    bias: Floats
    temperature: float
    centroids: Floats
    gate: FamiliarityGate
    embedder: str
    examples: str
    settings: dict[str, Any]

    def classify(self, text: str, vector: Floats) -> Judgement:
        """Judge one message.

        Args:
            text: the message without ids (``record_ids.replace_record_ids``).
            vector: its unit-length embedding, shape ``(dimensions,)``, made by ``self.embedder``.

        Raises:
            BadInput: the vector has another length, or is not finite.
        """
        if vector.shape != (self.weights.shape[1],) or not np.isfinite(vector).all():
            raise BadInput(
                f"The router needs a finite vector of {self.weights.shape[1]} numbers from {self.embedder}, "
                f"not one of shape {vector.shape}."
            )
        scores = self.scores(make_term_row(self.words, text), vector)
        probabilities = compute_softmax(scores / self.temperature)
        order = np.argsort(-probabilities, kind="stable")
        first, second = int(order[0]), int(order[1])
        signs = compute_familiarity_signs(
            scores[None] / self.temperature, (self.centroids @ vector)[None], self.out_of_scope_index
        )
        strange = first == self.out_of_scope_index or float((signs @ self.gate.weights)[0]) < self.gate.least
        return Judgement(
            intent=OUT_OF_SCOPE if strange else self.labels[first],
            agent=None if strange else self.agents[first],
            confidence=float(probabilities[first]),
            runner_up=self.labels[second],
            margin=float(probabilities[first] - probabilities[second]),
            out_of_scope=strange,
            ranking=tuple((self.labels[index], float(probabilities[index])) for index in order),
        )

    @property
    def out_of_scope_index(self) -> int | None:
        """The row of the out-of-scope label, if there is one."""
        return self.labels.index(OUT_OF_SCOPE) if OUT_OF_SCOPE in self.labels else None

    def scores(self, row: SparseRow, vector: Floats) -> Doubles:
        """The uncalibrated score of each label, shape ``(labels,)``."""
        columns, values = row
        return np.asarray(self.weights @ vector + values @ self.term_weights[columns] + self.bias, dtype=np.float64)


def compute_familiarity_signs(scores: Doubles, similarity: NDArray[Any], strange: int | None) -> Doubles:
    """Three signs that a text is in scope, shape ``(n, 3)``: the higher, the more familiar.

    The lead of the best intent over the out-of-scope label (0 without one), the log-sum-exp of the scores of the
    intents (Liu et al., "Energy-based Out-of-distribution Detection", 2020), and the best cosine to a centroid.

    Args:
        scores: calibrated scores, shape ``(n, labels)``.
        similarity: cosines to the centroids, shape ``(n, labels in scope)``.
        strange: the column of the out-of-scope label.
    """
    inside = scores if strange is None else np.delete(scores, strange, axis=1)
    top = inside.max(axis=1)
    energy = top + np.log(np.exp(inside - top[:, None]).sum(axis=1))
    lead = np.zeros(len(scores)) if strange is None else top - scores[:, strange]
    return np.stack([lead, energy, similarity.max(axis=1)], axis=1)


def compute_softmax(scores: Doubles) -> Doubles:
    """Probabilities of scores along the last axis."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))
