"""A task is what is learned: its features, its owner and its target; the history is the business's."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ...policies.errors import BadInput
from ..connectors.business import PastCase
from ..scoring import features
from ..scoring.features import extract_word_features

HELD_OUT = 0.25
"""The share of the history, its newest part, that nothing is ever trained on."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a model must reach on cases it has not seen; below it, it is paused.

    Attributes:
        auc: at least, in thousandths.
        calibration: expected calibration error at most, in thousandths.
    """

    auc: int
    calibration: int

    def explain_missed(self, metrics: Mapping[str, int]) -> str:
        """What of it is not met, in words; empty when all is. A figure that is missing is not met."""
        if metrics.get("auc", 0) < self.auc:
            return f"AUC is {metrics.get('auc', 0) / 1000:.3f}, below {self.auc / 1000:.3f}"
        if metrics.get("ece", 1000) > self.calibration:
            return f"calibration error is {metrics.get('ece', 1000) / 1000:.3f}, above {self.calibration / 1000:.3f}"
        return ""


@dataclass(frozen=True, slots=True)
class LearningTask:
    """One thing that is scored.

    Attributes:
        name: of the score as rules see it: ``scores.NAME``.
        asks: what the score is the probability of.
        owner: the role that answers for the model.
        features: name to transform and meaning; empty for a text, whose features are its words.
        target: below which it is paused.
        baseline: a simple rule of thumb, to measure beside: a number that grows with suspicion.
        baseline_words: the same in words.
        limits: what the model does not know, for its card.
    """

    name: str
    asks: str
    owner: str
    features: Mapping[str, tuple[str, str]]
    target: Target
    baseline: Callable[[PastCase], float]
    baseline_words: str
    limits: tuple[str, ...]

    @property
    def of_text(self) -> bool:
        """Whether it reads a text."""
        return not self.features

    def values(self, case: PastCase) -> Mapping[str, float]:
        """The features of a case."""
        return extract_word_features(case.text) if self.of_text else case.values

    def meaning(self, feature: str) -> str:
        """What a feature is, in words."""
        return self.features[feature][1] if feature in self.features else f"“{feature}”"


def split(past: Sequence[PastCase]) -> tuple[Sequence[PastCase], Sequence[PastCase]]:
    """A labelled history in the part to train on, and the newer part that is held out.

    Args:
        past: the cases, oldest first.
    """
    last = len(past) - round(HELD_OUT * len(past))
    return past[:last], past[last:]


def _simple_fraud(case: PastCase) -> float:
    return max(float(case.values["refunds_90d"] >= 2), case.values["against_delivery"])


def _simple_risk(case: PastCase) -> float:
    values = case.values
    return max(1 - values["order_known"], values["same_amount_90d"], float(values["over_order_percent"] > 2))


def _keywords(*words: str) -> Callable[[PastCase], float]:
    return lambda case: float(sum(word in case.text.lower() for word in words))


MADE_UP = "Trained on the history of the sample company, which is made up; train it on your own before relying on it."
"""What the cards of the models say that came with this version, whatever business they are used for."""

LEARNING_TASKS: dict[str, LearningTask] = {
    task.name: task
    for task in (
        LearningTask(
            "fraud",
            "that a refund turns out to be fraud",
            "support_manager",
            features.REFUND_FEATURES,
            Target(auc=820, calibration=60),
            _simple_fraud,
            "two refunds within 90 days, or goods that never came although they were delivered",
            ("It knows nothing of a person, of where they live or of how they write.",),
        ),
        LearningTask(
            "invoice_risk",
            "that a supplier's invoice turns out to be wrong",
            "controller",
            features.INVOICE_FEATURES,
            Target(auc=780, calibration=60),
            _simple_risk,
            "no order of ours, the same total within 90 days, or more than 2 % above the order",
            ("It is no three-way match line by line; it only says where to look first.",),
        ),
        LearningTask(
            "sentiment",
            "that a customer is displeased",
            "support_manager",
            {},
            Target(auc=840, calibration=90),
            _keywords("complain", "disappoint", "unacceptable", "angry", "bad", "terrible", "refund"),
            "counts seven words of complaint",
            ("English only. Irony and quoted mails mislead it.",),
        ),
        LearningTask(
            "urgency",
            "that a ticket cannot wait",
            "support_manager",
            {},
            Target(auc=840, calibration=90),
            _keywords("urgent", "immediately", "today", "asap", "emergency", "now", "tomorrow"),
            "counts seven words of haste",
            ("English only. Somebody who knows its words can look urgent; nothing is allowed for that.",),
        ),
    )
}


def get_learning_task(name: str) -> LearningTask:
    """The task with this name.

    Raises:
        BadInput: there is none.
    """
    if name not in LEARNING_TASKS:
        raise BadInput(f"There is no model {name!r}; there are {', '.join(LEARNING_TASKS)}.")
    return LEARNING_TASKS[name]
