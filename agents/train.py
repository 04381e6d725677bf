"""Training of the router's classifier, for developers: ``python -m countersign.agents.train``.

MiniLM vectors of the examples, multinomial logistic regression with an L2 penalty, its strength by cross-validation,
probabilities calibrated by one temperature, and two thresholds for what is out of scope. Everything that is chosen is
chosen from cross-validation in which out-of-scope topics are held out whole, so that recall is about new topics.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..memory.embedder import Embedder
from .catalogue import OUT_OF_SCOPE, Catalogue, Example, digest, load_catalogue
from .classifier import ARTEFACT, Classifier, Floats, energy, softmax
from .identifiers import without_ids
from .rules import Rules, load_rules

Ints: TypeAlias = NDArray[np.int64]
Doubles: TypeAlias = NDArray[np.float64]

STRENGTHS = (3.0, 10.0, 30.0, 60.0)
FOLDS = 5
SEED = 7


@dataclass(frozen=True, slots=True)
class Data:
    """The examples as numbers: vectors ``(n, dimensions)``, label indices ``(n,)``, the fold of each ``(n,)``."""

    labels: tuple[str, ...]
    vectors: Floats
    targets: Ints
    folds: Ints
    examples: str

    @property
    def strange(self) -> int:
        """The index of the out-of-scope label."""
        return self.labels.index(OUT_OF_SCOPE)


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """What models made of the examples that they had not seen: scores ``(n, labels)``, best cosine ``(n,)``."""

    scores: Doubles
    similarity: Doubles


def prepare(catalogue: Catalogue, rules: Rules, embedder: Embedder) -> Data:
    """Vectors, labels and folds of all examples; the same each time for the same examples."""
    examples = as_trained(catalogue, rules)
    labels = tuple(catalogue.intents)
    targets = np.array([labels.index(item.intent) for item in examples], dtype=np.int64)
    vectors = embedder.embed([item.text for item in examples])
    return Data(labels, vectors, targets, _folds(examples), digest(examples))


def as_trained(catalogue: Catalogue, rules: Rules) -> tuple[Example, ...]:
    """The examples as the classifier reads them: ids replaced by words."""
    return tuple(Example(without_ids(item.text, rules), item.intent, item.topic) for item in catalogue.examples())


def _folds(examples: Sequence[Example]) -> Ints:
    """Examples of an intent go round the folds in shuffled order; a topic stays together in one fold."""
    generator = np.random.default_rng(SEED)
    topics = sorted({item.topic for item in examples if item.topic})
    generator.shuffle(topics)
    folds = np.array([topics.index(item.topic) % FOLDS if item.topic else -1 for item in examples], dtype=np.int64)
    for intent in dict.fromkeys(item.intent for item in examples):
        members = np.array([i for i, item in enumerate(examples) if item.intent == intent and not item.topic])
        generator.shuffle(members)
        for position, index in enumerate(members):
            folds[int(index)] = position % FOLDS
    return folds


def fit(vectors: Floats, targets: Ints, strength: float) -> tuple[Doubles, Doubles]:
    """Weights ``(labels, dimensions)`` and bias ``(labels,)`` of multinomial logistic regression (L2)."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=strength, max_iter=2000).fit(vectors.astype(np.float64), targets)
    return np.asarray(model.coef_), np.asarray(model.intercept_)


def centroids(vectors: Floats, targets: Ints, strange: int) -> Floats:
    """The mean direction of each intent in scope, of length 1."""
    means = np.stack([vectors[targets == label].mean(axis=0) for label in np.unique(targets) if label != strange])
    return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), dtype=np.float32)


def cross_validate(data: Data, strength: float) -> OutOfFold:
    """Scores for each example from a model that has not seen its fold."""
    scores = np.zeros((len(data.targets), len(data.labels)))
    similarity = np.zeros(len(data.targets))
    for fold in range(FOLDS):
        seen, unseen = data.folds != fold, data.folds == fold
        weights, bias = fit(data.vectors[seen], data.targets[seen], strength)
        scores[unseen] = data.vectors[unseen] @ weights.T + bias
        means = centroids(data.vectors[seen], data.targets[seen], data.strange)
        similarity[unseen] = (data.vectors[unseen] @ means.T).max(axis=1)
    return OutOfFold(scores, similarity)


def calibrate(scores: Doubles, targets: Ints) -> float:
    """The temperature with the least negative log-likelihood, from a fixed grid."""
    grid = np.geomspace(0.25, 4.0, 161)
    rows = np.arange(len(targets))
    losses = [-np.log(softmax(scores / t)[rows, targets] + 1e-12).mean() for t in grid]
    return float(grid[int(np.argmin(losses))])


def find_thresholds(found: OutOfFold, data: Data, temperature: float) -> tuple[float, float]:
    """Least similarity and least energy with the best mean of accuracy in scope and recall out of scope.

    At most 2 % of the examples in scope may fall below either.
    """
    inside = data.targets != data.strange
    best = found.scores.argmax(axis=1)
    energies = np.array([energy(row) for row in found.scores / temperature])
    shares = (0.0, 0.25, 0.5, 1.0, 1.5, 2.0)
    choice, top = (-1.0, -1e9), -1.0
    for similarity in np.percentile(found.similarity[inside], shares):
        for least in np.percentile(energies[inside], shares):
            refused = (best == data.strange) | (found.similarity < similarity) | (energies < least)
            right = ((best == data.targets) & ~refused)[inside].mean()
            value = float(right + refused[~inside].mean()) / 2
            if value > top:
                choice, top = (float(similarity), float(least)), value
    return choice


def assemble(data: Data, catalogue: Catalogue, embedder: str, strength: float, found: OutOfFold) -> Classifier:
    """The classifier over all examples, with what cross-validation chose."""
    temperature = calibrate(found.scores, data.targets)
    similarity, least = find_thresholds(found, data, temperature)
    weights, bias = fit(data.vectors, data.targets, strength)
    return Classifier(
        labels=data.labels,
        agents=tuple(catalogue.agent(label) for label in data.labels),
        weights=np.round(weights, 4).astype(np.float32),
        bias=np.round(bias, 4).astype(np.float32),
        temperature=round(temperature, 4),
        centroids=np.round(centroids(data.vectors, data.targets, data.strange), 4),
        least_similarity=round(similarity, 4),
        least_energy=round(least, 4),
        embedder=embedder,
        examples=data.examples,
        settings={"strength": strength, "folds": FOLDS, "count": len(data.targets)},
    )


def train(catalogue: Catalogue, rules: Rules, embedder: Embedder) -> Classifier:
    """Choose the strength by cross-validated accuracy, then train on everything."""
    data = prepare(catalogue, rules, embedder)
    tried = {strength: cross_validate(data, strength) for strength in STRENGTHS}
    strength = max(STRENGTHS, key=lambda c: float((tried[c].scores.argmax(axis=1) == data.targets).mean()))
    return assemble(data, catalogue, embedder.name, strength, tried[strength])


def main(path: Path = ARTEFACT) -> None:
    """Train and write the artefact."""
    from ..memory.minilm import MiniLM

    catalogue = load_catalogue()
    trained = train(catalogue, load_rules(catalogue=catalogue), MiniLM())
    path.write_text(trained.to_json(), encoding="utf-8")
    size = path.stat().st_size // 1024
    print(f"{path}: {len(trained.labels)} intents, {trained.settings['count']} examples, {size} KiB")


if __name__ == "__main__":
    main()
