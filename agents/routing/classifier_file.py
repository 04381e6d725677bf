"""A classifier is kept as one ``.npz`` of plain arrays and a line of JSON, read without running anything."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...policies.errors import BadInput
from ...tools.scoring.npz import pack_arrays, unpack_arrays
from ...tools.scoring.tfidf import Terms
from .classifier import Classifier, FamiliarityGate
from .intents import OUT_OF_SCOPE


def encode_classifier(trained: Classifier) -> bytes:
    """The bytes of the file; the same classifier gives the same bytes. Weights are kept in half precision."""
    record = {
        "embedder": trained.embedder,
        "examples": trained.examples,
        "settings": trained.settings,
        "labels": trained.labels,
        "agents": trained.agents,
        "temperature": trained.temperature,
        "least": trained.gate.least,
        "terms": sorted(trained.words.places, key=trained.words.places.__getitem__),
    }
    arrays: dict[str, NDArray[Any]] = {
        "weights": trained.weights.astype(np.float16),
        "term_weights": trained.term_weights.astype(np.float16),
        "bias": trained.bias.astype(np.float32),
        "rarity": trained.words.rarity.astype(np.float16),
        "centroids": trained.centroids.astype(np.float16),
        "gate": trained.gate.weights.astype(np.float32),
    }
    return pack_arrays(record, arrays)


def load_classifier(path: Path, *, embedder: str | None = None) -> Classifier:
    """Read a trained classifier.

    Args:
        path: the file.
        embedder: the name of the embedder that will make the vectors, checked when given.

    Raises:
        BadInput: the file is missing or damaged, or was trained on the vectors of another embedder.
    """
    try:
        loaded = decode_classifier(path.read_bytes())
    except (OSError, BadInput) as error:
        raise BadInput(f"{path}: {error} Make it again with `python -m countersign.agents.intents.train`.") from error
    if embedder is not None and embedder != loaded.embedder:
        raise BadInput(
            f"{path}: the router was trained on vectors of {loaded.embedder}, not of {embedder}. "
            f"Give it {loaded.embedder}, or train again."
        )
    return loaded


def decode_classifier(content: bytes) -> Classifier:
    """The classifier that :func:`encode_classifier` wrote.

    Raises:
        BadInput: it is damaged.
    """
    try:
        return _read(*unpack_arrays(content))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(f"the trained router cannot be read ({error}).") from error


def _read(record: dict[str, Any], arrays: dict[str, Any]) -> Classifier:
    labels = tuple(map(str, record["labels"]))
    count, terms = len(labels), list(map(str, record["terms"]))
    weights = arrays["weights"].astype(np.float32)
    width = weights.shape[1]
    inside = count - (OUT_OF_SCOPE in labels)
    numbers = {
        name: arrays[name].astype(np.float32) for name in ("term_weights", "bias", "rarity", "centroids", "gate")
    }
    shapes = {"term_weights": (len(terms), count), "bias": (count,), "rarity": (len(terms),)}
    for name, shape in (shapes | {"centroids": (inside, width), "gate": (3,)}).items():
        if numbers[name].shape != shape or not np.isfinite(numbers[name]).all():
            raise ValueError(f"{name} is not a finite array of shape {shape}")
    if weights.shape != (count, width) or len(record["agents"]) != count or not np.isfinite(weights).all():
        raise ValueError("the weights do not fit the labels")
    return Classifier(
        labels=labels,
        agents=tuple(record["agents"]),
        weights=weights,
        words=Terms({term: at for at, term in enumerate(terms)}, numbers["rarity"]),
        term_weights=numbers["term_weights"],
        bias=numbers["bias"],
        temperature=float(record["temperature"]),
        centroids=numbers["centroids"],
        gate=FamiliarityGate(numbers["gate"], float(record["least"])),
        embedder=str(record["embedder"]),
        examples=str(record["examples"]),
        settings=dict(record["settings"]),
    )
