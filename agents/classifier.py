"""The trained classifier at run time: one matrix product in NumPy over a message's vector.

What it was trained from and how is in ``train.py``; its weights are in ``intents/model.json``.
"""

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..policies.errors import BadInput
from .catalogue import FOLDER, OUT_OF_SCOPE

Floats: TypeAlias = NDArray[np.float32]
ARTEFACT = FOLDER / "model.json"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the classifier makes of one text.

    Attributes:
        intent: the best reading, or ``"out_of_scope"``.
        agent: the agent that owns it, or ``None``.
        confidence: its calibrated probability, 0 to 1.
        runner_up: the second reading.
        margin: how far the second is behind, 0 to 1.
        out_of_scope: whether the text is none of the assistant's business, by class, by distance or by energy.
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
class Classifier:
    """Multinomial logistic regression, calibrated, with two checks for what it has never seen.

    Attributes:
        labels: the intents, one per row.
        agents: the agent that owns each, or ``None``.
        weights: shape ``(labels, dimensions)``.
        bias: shape ``(labels,)``.
        temperature: divides the scores before the softmax (Guo et al., "On Calibration of Modern Neural
            Networks", 2017).
        centroids: the mean direction of each intent in scope, shape ``(labels - 1, dimensions)``.
        least_similarity: a text less similar (cosine) to every centroid is out of scope.
        least_energy: a text whose log-sum-exp of scores is lower is out of scope (Liu et al., "Energy-based
            Out-of-distribution Detection", 2020).
        embedder: the name of the model that made the vectors.
        examples: digest of the training examples.
        settings: how it was trained, for people to read.
    """

    labels: tuple[str, ...]
    agents: tuple[str | None, ...]
    weights: Floats
    bias: Floats
    temperature: float
    centroids: Floats
    least_similarity: float
    least_energy: float
    embedder: str
    examples: str
    settings: dict[str, Any]

    def classify(self, vector: Floats) -> Judgement:
        """Judge one message.

        Args:
            vector: its unit-length embedding, shape ``(dimensions,)``, made by ``self.embedder`` from the text
                without ids (``identifiers.without_ids``).

        Raises:
            BadInput: the vector has another length, or is not finite.
        """
        if vector.shape != (self.weights.shape[1],) or not np.isfinite(vector).all():
            raise BadInput(
                f"The router needs a finite vector of {self.weights.shape[1]} numbers from {self.embedder}, "
                f"not one of shape {vector.shape}."
            )
        scores = (self.weights @ vector + self.bias).astype(np.float64) / self.temperature
        probabilities = softmax(scores)
        order = np.argsort(-probabilities, kind="stable")
        first, second = int(order[0]), int(order[1])
        strange = (
            self.labels[first] == OUT_OF_SCOPE
            or float((self.centroids @ vector).max()) < self.least_similarity
            or energy(scores) < self.least_energy
        )
        return Judgement(
            intent=OUT_OF_SCOPE if strange else self.labels[first],
            agent=None if strange else self.agents[first],
            confidence=float(probabilities[first]),
            runner_up=self.labels[second],
            margin=float(probabilities[first] - probabilities[second]),
            out_of_scope=strange,
            ranking=tuple((self.labels[index], float(probabilities[index])) for index in order),
        )

    def to_json(self) -> str:
        """The artefact's text; numbers are kept as little-endian float32 in base64."""
        record: dict[str, Any] = {
            "embedder": self.embedder,
            "examples": self.examples,
            "settings": self.settings,
            "labels": self.labels,
            "agents": self.agents,
            "temperature": self.temperature,
            "least_similarity": self.least_similarity,
            "least_energy": self.least_energy,
            "dimensions": self.weights.shape[1],
            "weights": _packed(self.weights),
            "bias": _packed(self.bias),
            "centroids": _packed(self.centroids),
        }
        return json.dumps(record, indent=1) + "\n"


def load_classifier(path: Path = ARTEFACT, *, embedder: str | None = None) -> Classifier:
    """Read the trained classifier.

    Args:
        path: the artefact.
        embedder: the name of the embedder that will make the vectors, checked when given.

    Raises:
        BadInput: the file is missing or damaged, or was trained on the vectors of another embedder.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        count, width = len(record["labels"]), int(record["dimensions"])
        loaded = Classifier(
            labels=tuple(record["labels"]),
            agents=tuple(record["agents"]),
            weights=_unpacked(record["weights"]).reshape(count, width),
            bias=_unpacked(record["bias"]).reshape(count),
            temperature=float(record["temperature"]),
            centroids=_unpacked(record["centroids"]).reshape(count - 1, width),
            least_similarity=float(record["least_similarity"]),
            least_energy=float(record["least_energy"]),
            embedder=str(record["embedder"]),
            examples=str(record["examples"]),
            settings=dict(record["settings"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"{path}: the trained router cannot be read ({error}). "
            "Make it again with `python -m countersign.agents.train`."
        ) from error
    if embedder is not None and embedder != loaded.embedder:
        raise BadInput(
            f"{path}: the router was trained on vectors of {loaded.embedder}, not of {embedder}. "
            f"Give it {loaded.embedder}, or train again."
        )
    return loaded


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities of scores along the last axis."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def energy(scores: NDArray[np.float64]) -> float:
    """The log-sum-exp of one row of scores; low where no intent speaks up."""
    top = float(scores.max())
    return top + float(np.log(np.exp(scores - top).sum()))


def _packed(numbers: Floats) -> str:
    return base64.b64encode(np.ascontiguousarray(numbers, dtype="<f4").tobytes()).decode("ascii")


def _unpacked(text: str) -> Floats:
    return np.frombuffer(base64.b64decode(text, validate=True), dtype="<f4").astype(np.float32)
