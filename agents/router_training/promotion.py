"""This module says whether a retrained router may take the place of the one in force. Pure.

It must read people's held-back corrections better by a margin, also without any one person's, and must not read one
message less of any intent among the held-out messages, which came with this version and which no feedback can change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from ...tools.learning.metrics import compute_calibration_error, round_to_thousandths
from ...tools.learning.promotion import LEAST_OF_A_KIND, ModelComparison, compare_on_held_back, explain_few_people
from ...tools.learning.votes import WeightedVotes
from ..routing.classifier import Classifier, Floats
from ..routing.intents import IntentExample
from ..routing.rules import RoutingThresholds
from .votes import Correction, compute_chances

LEAST_TRAINED, LEAST_HELD = 20, LEAST_OF_A_KIND


@dataclass(frozen=True, slots=True)
class HeldOutSet:
    """The held-out messages as the classifier reads them, with their vectors, shape ``(n, dimensions)``."""

    examples: tuple[IntentExample, ...]
    vectors: Floats


def explain_shortage(found: WeightedVotes[Correction]) -> str:
    """Why the corrections are too few to train on, in words; empty when they are enough."""
    train, held = found.part(held_back=False), found.part(held_back=True)
    if not found.enough:
        return explain_few_people(found, "corrections")
    if len(train) < LEAST_TRAINED or len(held) < LEAST_HELD:
        return (
            f"{len(train)} corrections to train on and {len(held)} held back; "
            f"at least {LEAST_TRAINED} and {LEAST_HELD} are needed"
        )
    return ""


def compare_routers(
    before: Classifier,
    candidate: Classifier,
    found: WeightedVotes[Correction],
    anchor: HeldOutSet,
    limits: RoutingThresholds,
) -> ModelComparison:
    """The candidate against the router in force."""
    old, new = measure_router(before, anchor, limits), measure_router(candidate, anchor, limits)
    figures = {f"anchor_{name}": value for name, value in new.items()}
    figures |= {f"anchor_{name}_before": old[name] for name in ("accuracy", "settled_wrong")}
    against = _find_losses(before, candidate, anchor)
    if new["settled_wrong"] > old["settled_wrong"]:
        against.append("on the held-out messages it is sure and wrong more often")
    return compare_on_held_back(found, partial(_compute_gain, before, candidate), "corrections", figures, against)


def measure_router(model: Classifier, anchor: HeldOutSet, limits: RoutingThresholds) -> dict[str, int]:
    """Accuracy, calibration error and the share of messages it is sure of and wrong, all in thousandths."""
    judged = [model.classify(item.text, vector) for item, vector in zip(anchor.examples, anchor.vectors, strict=True)]
    right = np.array([item.intent == judgement.intent for item, judgement in zip(anchor.examples, judged, strict=True)])
    sure = np.array([item.confidence for item in judged])
    settled = np.array([item.confidence >= limits.accept and item.margin >= limits.margin for item in judged])
    return {
        "accuracy": round_to_thousandths(float(right.mean())),
        "ece": round_to_thousandths(compute_calibration_error(sure, right.astype(np.int64))),
        "settled_wrong": round_to_thousandths(float((settled & ~right).mean())),
        "cases": len(judged),
    }


def _find_losses(before: Classifier, candidate: Classifier, anchor: HeldOutSet) -> list[str]:
    """The intents of which fewer held-out messages are read right, in words."""
    lost: dict[str, int] = {}
    for item, vector in zip(anchor.examples, anchor.vectors, strict=True):
        was, now = (model.classify(item.text, vector).intent == item.intent for model in (before, candidate))
        lost[item.intent] = lost.get(item.intent, 0) + was - now
    found = sorted(intent for intent, count in lost.items() if count > 0)
    return [f"it reads fewer held-out messages of {', '.join(found)} right"] if found else []


def _compute_gain(before: Classifier, candidate: Classifier, items: Sequence[Correction]) -> int:
    """By how much the candidate's squared error is lower, in thousandths of the other's; below 0 when higher."""
    wanted = [(item.text, item.vector, item.intent) for item in items]
    weights = np.array([item.weight for item in items])
    old, new = (
        float(np.average((1 - compute_chances(model, wanted)) ** 2, weights=weights)) for model in (before, candidate)
    )
    return round_to_thousandths((old - new) / old) if old > 0 else 0
