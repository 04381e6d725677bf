"""This module trains a classifier on any labelled messages, for developers and the learning loop, with scikit-learn.

Vectors of the messages and TF-IDF of their words, joined in one multinomial logistic regression with an L2 penalty.
Its strength, one temperature that calibrates the probabilities, and the gate for what is out of scope are chosen by
cross-validation on the training messages, and by nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...policies.errors import BadInput
from ...tools.scoring.tfidf import Terms, make_sparse_matrix
from ..routing.classifier import (
    Classifier,
    Doubles,
    FamiliarityGate,
    Floats,
    compute_familiarity_signs,
    compute_softmax,
    fit_words,
    make_term_row,
)
from ..routing.intents import OUT_OF_SCOPE

Ints: TypeAlias = NDArray[np.int64]

STRENGTHS = (3.0, 10.0, 30.0)
FOLDS = 5
SEED = 7
VECTOR_SCALE = 2.0
"""How much the vector weighs beside the words: both families of terms have length 1, the vector this length."""
REFUSED_ONE_IN = 100
"""Of the messages that would be read right, the gate may refuse one in so many.

The level of 1 %, by convention the stricter of the two that are usual (Fisher, "Statistical Methods for Research
Workers", 1925); the other, 5 %, would alone use up what a target of 0.94 in scope leaves for all errors together."""
LEAST_OUT_OF_SCOPE = 20
"""With fewer out-of-scope messages than this, the gate is the energy alone."""


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Labelled messages as numbers.

    Attributes:
        labels: the names, in order; ``"out_of_scope"`` may be one.
        texts: the messages as the classifier will read them.
        vectors: their unit vectors, shape ``(n, dimensions)``.
        targets: their label indices, shape ``(n,)``.
        folds: the fold of each, shape ``(n,)``, 0 to the number of folds less 1.
        shares: how much each counts, shape ``(n,)``; ``None`` when all count the same.
    """

    labels: tuple[str, ...]
    texts: tuple[str, ...]
    vectors: Floats
    targets: Ints
    folds: Ints
    shares: Doubles | None = None

    @property
    def out_of_scope_index(self) -> int | None:
        """The index of the out-of-scope label, if there is one."""
        return self.labels.index(OUT_OF_SCOPE) if OUT_OF_SCOPE in self.labels else None


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train. ``parts``: whether parts of words count, which helps where examples are few.

    Attributes:
        strengths: inverse penalties to choose from.
        parts: whether parts of words are terms too.
        tolerance: where the optimiser stops.
    """

    strengths: tuple[float, ...] = STRENGTHS
    parts: bool = True
    tolerance: float = 1e-3


@dataclass(frozen=True, slots=True)
class LinearModel:
    """A linear model, before calibration."""

    words: Terms
    weights: Floats
    term_weights: Floats
    bias: Floats
    centroids: Floats


@dataclass(frozen=True, slots=True)
class OutOfFoldScores:
    """What models made of examples that they had not seen: scores ``(n, labels)``, cosines ``(n, labels in scope)``."""

    scores: Doubles
    similarity: Floats


def make_even_folds(targets: ArrayLike, count: int = FOLDS) -> Ints:
    """Folds in which the examples of each label go round in shuffled order; the same each time."""
    generator = np.random.default_rng(SEED)
    wanted = np.asarray(targets)
    folds = np.zeros(len(wanted), dtype=np.int64)
    for label in np.unique(wanted):
        members = np.flatnonzero(wanted == label)
        generator.shuffle(members)
        folds[members] = np.arange(len(members)) % count
    return folds


def fit_model(
    data: TrainingData, chosen: NDArray[np.bool_], strength: float, recipe: Recipe, known: Terms | None = None
) -> LinearModel:
    """Multinomial logistic regression over the chosen examples.

    Args:
        known: the terms to use; by default those of the chosen examples.

    Raises:
        BadInput: a label has no example among them.
    """
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression

    targets = data.targets[chosen]
    if len(np.unique(targets)) != len(data.labels):
        raise BadInput("A label has no training example; give each at least one in every fold's rest.")
    texts = [text for text, take in zip(data.texts, chosen, strict=True) if take]
    words = known or fit_words(texts, least_parts=3 if recipe.parts else None)
    terms = _rows(words, texts)
    joined = hstack([csr_matrix(data.vectors[chosen] * np.float32(VECTOR_SCALE)), terms]).tocsr().astype(np.float32)
    shares = None if data.shares is None else data.shares[chosen]
    model = LogisticRegression(C=strength, max_iter=1000, tol=recipe.tolerance).fit(joined, targets, shares)
    coefficients: Floats = np.asarray(model.coef_, np.float32)
    bias: Floats = np.asarray(model.intercept_, np.float32)
    if len(data.labels) == 2:
        # One row says it all there; two that mirror each other give the same probabilities.
        coefficients = np.concatenate([-coefficients, coefficients]).astype(np.float32) / np.float32(2)
        bias = np.concatenate([-bias, bias]).astype(np.float32) / np.float32(2)
    width = data.vectors.shape[1]
    return LinearModel(
        words,
        coefficients[:, :width] * np.float32(VECTOR_SCALE),
        np.ascontiguousarray(coefficients[:, width:].T),
        bias,
        compute_centroids(data.vectors[chosen], targets, data.out_of_scope_index),
    )


def _rows(words: Terms, texts: Sequence[str]) -> Any:
    return make_sparse_matrix([make_term_row(words, text) for text in texts], len(words.places))


def compute_scores(model: LinearModel, texts: Sequence[str], vectors: Floats) -> Doubles:
    """Uncalibrated scores, shape ``(texts, labels)``."""
    found = vectors @ model.weights.T + _rows(model.words, texts) @ model.term_weights + model.bias
    return np.asarray(found, dtype=np.float64)


def compute_centroids(vectors: Floats, targets: Ints, strange: int | None) -> Floats:
    """The mean direction of each intent in scope, of length 1."""
    means = np.stack([vectors[targets == label].mean(axis=0) for label in np.unique(targets) if label != strange])
    return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), dtype=np.float32)


def cross_validate(data: TrainingData, strength: float, recipe: Recipe) -> OutOfFoldScores:
    """Scores for each example from a model that has not seen its fold."""
    inside = len(data.labels) - (data.out_of_scope_index is not None)
    scores = np.zeros((len(data.targets), len(data.labels)))
    similarity = np.zeros((len(data.targets), inside), np.float32)
    for fold in np.unique(data.folds):
        unseen = data.folds == fold
        model = fit_model(data, ~unseen, strength, recipe)
        texts = [text for text, take in zip(data.texts, unseen, strict=True) if take]
        scores[unseen] = compute_scores(model, texts, data.vectors[unseen])
        similarity[unseen] = data.vectors[unseen] @ model.centroids.T
    return OutOfFoldScores(scores, similarity)


def calibrate(scores: Doubles, targets: Ints) -> float:
    """The temperature with the least negative log-likelihood, from a fixed grid."""
    grid = np.geomspace(0.25, 4.0, 161)
    rows = np.arange(len(targets))
    losses = [-np.log(compute_softmax(scores / t)[rows, targets] + 1e-12).mean() for t in grid]
    return float(grid[int(np.argmin(losses))])


def fit_gate(found: OutOfFoldScores, data: TrainingData, temperature: float) -> FamiliarityGate:
    """The signs' weights, by logistic regression of scope on them, and the threshold of
    :func:`compute_familiarity_threshold`.

    Only messages in scope that were read right count for the threshold: one that would be misread is not lost.

    Raises:
        BadInput: none was read right.
    """
    from sklearn.linear_model import LogisticRegression

    inside = (
        data.targets != data.out_of_scope_index
        if data.out_of_scope_index is not None
        else np.ones(len(data.targets), bool)
    )
    signs = compute_familiarity_signs(found.scores / temperature, found.similarity, data.out_of_scope_index)
    weights = np.array([0.0, 1.0, 0.0])
    if int((~inside).sum()) >= LEAST_OUT_OF_SCOPE:
        spread = signs.std(axis=0) + 1e-9
        model = LogisticRegression(class_weight="balanced", max_iter=1000).fit(signs / spread, inside)
        weights = model.coef_[0] / spread
    right = inside & (found.scores.argmax(axis=1) == data.targets)
    return FamiliarityGate(
        weights.astype(np.float32), round(compute_familiarity_threshold((signs @ weights)[right]), 4)
    )


def compute_familiarity_threshold(known: Doubles) -> float:
    """The threshold below which the conformal p-value of a text is at most one in ``REFUSED_ONE_IN``.

    The p-value of a text is the share, itself included, of the known ones that are no more familiar (Vovk, Gammerman
    and Shafer, "Algorithmic Learning in a Random World", 2005; for strangers: Bates and others, "Testing for outliers
    with conformal p-values", 2023). With too few known ones for such a p-value, it is the least familiar of them.

    Args:
        known: how familiar each is, judged by a model that has not seen it, shape ``(n,)``.

    Raises:
        BadInput: there is none.
    """
    if not len(known):
        raise BadInput(
            "No message was read right in cross-validation; give each label more examples, and clearer ones."
        )
    rank = max((len(known) + 1) // REFUSED_ONE_IN, 1)
    return float(np.sort(known)[rank - 1])


def train_classifier(
    data: TrainingData, recipe: Recipe, *, embedder: str, examples: str = "", agents: Sequence[str | None] = ()
) -> Classifier:
    """A classifier for any labelled messages.

    Args:
        data: the training messages.
        recipe: how to train.
        embedder: the name of the model that made the vectors.
        examples: digest of the messages, kept with the classifier.
        agents: the agent that owns each label, or nothing when there are none.

    Raises:
        BadInput: a label has no example outside some fold.
    """
    tried = {strength: cross_validate(data, strength, recipe) for strength in recipe.strengths}
    strength = max(tried, key=lambda c: float((tried[c].scores.argmax(axis=1) == data.targets).mean()))
    found = tried[strength]
    temperature = round(calibrate(found.scores, data.targets), 4)
    model = fit_model(data, np.ones(len(data.targets), bool), strength, recipe)
    return build_classifier(
        data, model, temperature, fit_gate(found, data, temperature), embedder, examples, agents, strength
    )


def build_classifier(
    data: TrainingData,
    model: LinearModel,
    temperature: float,
    gate: FamiliarityGate,
    embedder: str,
    examples: str,
    agents: Sequence[str | None],
    strength: float,
) -> Classifier:
    """A model with its calibration and gate."""
    return Classifier(
        labels=data.labels,
        agents=tuple(agents) or (None,) * len(data.labels),
        weights=model.weights,
        words=model.words,
        term_weights=model.term_weights,
        bias=model.bias,
        temperature=temperature,
        centroids=model.centroids,
        gate=gate,
        embedder=embedder,
        examples=examples,
        settings={
            "strength": strength,
            "folds": len(np.unique(data.folds)),
            "count": len(data.targets),
            "terms": len(model.words.places),
        },
    )
