"""Whether a retrained router may take the place of the one in force. Pure.

It must read people's held-back corrections better by a margin, also without any one person's, and must not read one
message less of any intent among the held-out messages, which came with this version and which no feedback can change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from ...tools.learning.metrics import calibration_error, thousandths
from ...tools.learning.promotion import LEAST_OF_A_KIND, Compared, few_people, on_held_back
from ...tools.learning.votes import Weighed
from ..routing.classifier import Classifier, Floats
from ..routing.intents import Example
from ..routing.rules import Thresholds
from .votes import Correction, chances

LEAST_TRAINED, LEAST_HELD = 20, LEAST_OF_A_KIND


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The held-out messages as the classifier reads them, with their vectors, shape ``(n, dimensions)``."""

    examples: tuple[Example, ...]
    vectors: Floats


def too_few(found: Weighed[Correction]) -> str:
    """Why the corrections are too few to train on, in words; empty when they are enough."""
    train, held = found.part(held_back=False), found.part(held_back=True)
    if not found.enough:
        return few_people(found, "corrections")
    if len(train) < LEAST_TRAINED or len(held) < LEAST_HELD:
        return (
            f"{len(train)} corrections to train on and {len(held)} held back; "
            f"at least {LEAST_TRAINED} and {LEAST_HELD} are needed"
        )
    return ""


def compare(
    before: Classifier, candidate: Classifier, found: Weighed[Correction], anchor: HeldOut, limits: Thresholds
) -> Compared:
    """The candidate against the router in force."""
    old, new = measure(before, anchor, limits), measure(candidate, anchor, limits)
    figures = {f"anchor_{name}": value for name, value in new.items()}
    figures |= {f"anchor_{name}_before": old[name] for name in ("accuracy", "settled_wrong")}
    against = _worse(before, candidate, anchor)
    if new["settled_wrong"] > old["settled_wrong"]:
        against.append("on the held-out messages it is sure and wrong more often")
    return on_held_back(found, partial(_better, before, candidate), "corrections", figures, against)


def measure(model: Classifier, anchor: HeldOut, limits: Thresholds) -> dict[str, int]:
    """Accuracy, calibration error and the share of messages it is sure of and wrong, all in thousandths."""
    judged = [model.classify(item.text, vector) for item, vector in zip(anchor.examples, anchor.vectors, strict=True)]
    right = np.array([item.intent == judgement.intent for item, judgement in zip(anchor.examples, judged, strict=True)])
    sure = np.array([item.confidence for item in judged])
    settled = np.array([item.confidence >= limits.accept and item.margin >= limits.margin for item in judged])
    return {
        "accuracy": thousandths(float(right.mean())),
        "ece": thousandths(calibration_error(sure, right.astype(np.int64))),
        "settled_wrong": thousandths(float((settled & ~right).mean())),
        "cases": len(judged),
    }


def _worse(before: Classifier, candidate: Classifier, anchor: HeldOut) -> list[str]:
    """The intents of which fewer held-out messages are read right, in words."""
    lost: dict[str, int] = {}
    for item, vector in zip(anchor.examples, anchor.vectors, strict=True):
        was, now = (model.classify(item.text, vector).intent == item.intent for model in (before, candidate))
        lost[item.intent] = lost.get(item.intent, 0) + was - now
    found = sorted(intent for intent, count in lost.items() if count > 0)
    return [f"it reads fewer held-out messages of {', '.join(found)} right"] if found else []


def _better(before: Classifier, candidate: Classifier, items: Sequence[Correction]) -> int:
    """By how much the candidate's squared error is lower, in thousandths of the other's; below 0 when higher."""
    wanted = [(item.text, item.vector, item.intent) for item in items]
    weights = np.array([item.weight for item in items])
    old, new = (float(np.average((1 - chances(model, wanted)) ** 2, weights=weights)) for model in (before, candidate))
    return thousandths((old - new) / old) if old > 0 else 0
