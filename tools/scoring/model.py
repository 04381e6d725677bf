"""A small model is a weighted sum of features in NumPy, calibrated, whose every part can be explained.

The score is the probability ``1 / (1 + exp(-(a * sum + b)))`` in whole per cent, with ``a`` and ``b`` fitted to scores
that cross-validation gave for cases not seen (Platt, "Probabilistic Outputs for Support Vector Machines", 1999).
A model is data: canonical JSON whose SHA-256 is its digest, so that what was adopted is what scores.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...policies.domain.canonical import compute_digest
from ...policies.errors import BadInput

_MOST_SUM = 30.0


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one feature did to a score: up or down, against a case that is average in it.

    Attributes:
        points: by how many per cent points the score would be nearer to its base without it; for words, roughly.
    """

    name: str
    value: float
    points: int


@dataclass(frozen=True, slots=True)
class ModelScore:
    """A model's answer.

    Attributes:
        percent: the calibrated probability in whole per cent, 0 to 100.
        why: the features that moved it most, strongest first.
    """

    percent: int
    why: tuple[Contribution, ...]


@dataclass(frozen=True)
class ScoreModel:
    """One trained model.

    Attributes:
        task: what it scores, e.g. ``"fraud"``.
        version: counts up with each training that was adopted.
        features: names, one per weight; for models of text the words.
        transforms: how each value is put on a scale: ``"plain"``, ``"log"`` (``log(1 + x)``); for words ``"word"``.
        means, scales: of the transformed values in training, so that weights compare.
        weights: per standard deviation.
        slope, offset: the calibration ``a`` and ``b``.
        data: digest of the examples it was trained on.
        made: day of training, ISO.
        metrics: held-out figures in whole thousandths, by name.
        settings: how it was trained, for people to read; plain JSON.
    """

    task: str
    version: int
    features: tuple[str, ...]
    transforms: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    slope: float
    offset: float
    data: str
    made: str
    metrics: Mapping[str, int] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all that the model is."""
        return compute_digest(self.record())

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {name: place for place, name in enumerate(self.features)}

    @cached_property
    def _arrays(self) -> tuple[NDArray[np.float64], ...]:
        return tuple(np.array(item, dtype=np.float64) for item in (self.means, self.scales, self.weights))

    def vector(self, values: Mapping[str, float]) -> NDArray[np.float64]:
        """The values on the model's scale, shape ``(features,)``.

        Raises:
            BadInput: a number is missing or is not finite. Words that the model does not know are left out.
        """
        row = np.zeros(len(self.features))
        if self.transforms and self.transforms[0] == "word":
            for name in values.keys() & self._places.keys():
                row[self._places[name]] = values[name]
        else:
            for place, name in enumerate(self.features):
                value = values.get(name)
                if value is None or not math.isfinite(value):
                    raise BadInput(f"The model of {self.task} needs a finite number for {name}, not {value!r}.")
                row[place] = math.log1p(max(value, 0.0)) if self.transforms[place] == "log" else value
        means, scales, _ = self._arrays
        return np.asarray((row - means) / scales)

    def score(self, values: Mapping[str, float], most: int = 4) -> ModelScore:
        """The probability of one case and what it is made of.

        Raises:
            BadInput: a number is missing or is not finite.
        """
        row = self.vector(values)
        parts = row * self._arrays[2]
        total = float(parts.sum() + self.bias)
        percent = _percent(self.slope * total + self.offset)
        order = [int(place) for place in np.argsort(-np.abs(parts), kind="stable")[: most * 2]]
        why: list[Contribution] = []
        for place in order:
            name = self.features[place]
            # A word that is not there explains nothing to a reader, although it counts.
            if (self.transforms[place] == "word" and name not in values) or len(why) == most:
                continue
            without = _percent(self.slope * (total - float(parts[place])) + self.offset)
            if percent != without:
                why.append(Contribution(name, float(values[name]), percent - without))
        return ModelScore(percent, tuple(why))

    def probability(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Calibrated probabilities of rows that :meth:`vector` made, shape ``(rows,)``."""
        total = rows @ self._arrays[2] + self.bias
        return np.asarray(1 / (1 + np.exp(-np.clip(self.slope * total + self.offset, -_MOST_SUM, _MOST_SUM))))

    def with_metrics(self, metrics: Mapping[str, int], version: int) -> "ScoreModel":
        """The same model with what it did on held-out cases."""
        return replace(self, metrics=dict(metrics), version=version)

    def record(self) -> dict[str, Any]:
        """The model as plain JSON data without binary floats: numbers are kept as text with six digits."""
        found = asdict(self)
        for name in ("means", "scales", "weights"):
            found[name] = [_text(value) for value in found[name]]
        for name in ("bias", "slope", "offset"):
            found[name] = _text(found[name])
        found["features"], found["transforms"] = list(self.features), list(self.transforms)
        found["metrics"], found["settings"] = dict(self.metrics), dict(self.settings)
        return found

    def to_json(self) -> str:
        """The model's canonical text, with its digest."""
        return json.dumps(self.record() | {"digest": self.digest}, indent=1, ensure_ascii=False) + "\n"


def parse_score_model(text: str, task: str = "") -> ScoreModel:
    """Reads a model.

    Args:
        task: what it must be a model of, checked when given.

    Raises:
        BadInput: it cannot be read, is a model of something else, or its contents do not have its digest.
    """
    try:
        kept = json.loads(text)
        said = kept.pop("digest")
        for name in ("features", "transforms"):
            kept[name] = tuple(str(item) for item in kept[name])
        for name in ("means", "scales", "weights"):
            kept[name] = tuple(float(item) for item in kept[name])
        for name in ("bias", "slope", "offset"):
            kept[name] = float(kept[name])
        model = ScoreModel(**kept)
        sizes = {len(getattr(model, name)) for name in ("features", "transforms", "means", "scales", "weights")}
        numbers = [*model.means, *model.scales, *model.weights, model.bias, model.slope, model.offset]
        sound = len(sizes) == 1 and all(math.isfinite(n) for n in numbers) and all(s > 0 for s in model.scales)
        if not sound or model.slope <= 0:
            raise ValueError("its parts do not fit together")
        if model.digest != said or (task and model.task != task):
            raise ValueError("its contents do not have its digest" if model.digest != said else "it is another model")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadInput(f"The model {task} cannot be used ({error}); nothing is scored with it.") from error
    return model


def load_shipped_model(task: str, file: Path) -> ScoreModel:
    """The model of a task as it came with its department.

    Raises:
        BadInput: it is missing or was changed.
    """
    try:
        text = file.read_bytes().decode(errors="replace")  # damaged, it has not its digest
    except OSError as error:
        raise BadInput(
            f"The model {task} cannot be read from {file}: {error.strerror}. Put it back as it was installed."
        ) from error
    return parse_score_model(text, task)


def _percent(total: float) -> int:
    return round(100 / (1 + math.exp(-max(-_MOST_SUM, min(_MOST_SUM, total)))))


def _text(value: float) -> str:
    return f"{value:.6f}"
