"""A task is what is scored and learned: its features, where they come from, its owner and its target.

A department brings its tasks; the loop and the scorer know none by name.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...policies.errors import BadInput
from ..connectors.business import PastCase
from ..connectors.port import BusinessRecord, SystemOfRecord
from ..spec import ToolContext
from .features import FeatureValues, extract_word_features


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
class ReviewedCase:
    """What a settled review says of a case.

    Attributes:
        case_id: the record that was judged.
        label: ``"1"`` when it turned out so, ``"0"`` when not, empty when the review does not say.
    """

    case_id: str
    label: str


def list_nothing_lately(_records: SystemOfRecord, _most: int) -> Iterator[FeatureValues]:
    """For a task whose recent cases are those that were scored."""
    return iter(())


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
        model: the file of the model that came with it.
        model_note: what its card says of the history on which that model was trained.
        score_call: the features of a call, from its arguments; None when it names nothing that could be scored.
        load_case: the features of a case that is on record, by its id; None when it is gone.
        record: the kind of record that a person may state something of, such as a ticket.
        party: the field of such a record that names whom it is about, so that what was learned of them can be erased;
            empty when none does.
        stated_by: the roles whose work it is to state it.
        state_case: the features of such a record, as they are kept with the statement.

            Raises BadInput where there is nothing to judge.
        read_review: what a settled review says, from the tool, its arguments, how it ended (``"approved"``,
            ``"rejected"``, ``"edited"``, …) and the reviewer's words; None when it is about something else.
        decided_values: whether the features of a reviewed case are those that stood in its decision, and not those of
            today's records.
        list_lately: the features of recent cases, at most so many, to compare with those it was trained on; nothing
            where the recent cases are those that were scored.
    """

    name: str
    asks: str
    owner: str
    features: Mapping[str, tuple[str, str]]
    target: Target
    baseline: Callable[[PastCase], float]
    baseline_words: str
    limits: tuple[str, ...]
    model: Path
    model_note: str
    score_call: Callable[[Any, ToolContext], FeatureValues | None]
    load_case: Callable[[SystemOfRecord, str], FeatureValues | None]
    record: str
    stated_by: frozenset[str]
    state_case: Callable[[SystemOfRecord, BusinessRecord], FeatureValues]
    read_review: Callable[[str, Mapping[str, Any], str, str], ReviewedCase | None]
    decided_values: bool = False
    party: str = ""
    list_lately: Callable[[SystemOfRecord, int], Iterator[FeatureValues]] = list_nothing_lately

    @property
    def of_text(self) -> bool:
        """Whether it reads a text."""
        return not self.features

    def values(self, case: PastCase) -> FeatureValues:
        """The features of a case of the labelled history."""
        return extract_word_features(case.text) if self.of_text else case.values

    def meaning(self, feature: str) -> str:
        """What a feature is, in words; a word stands for itself."""
        return self.features[feature][1] if feature in self.features else f"“{feature}”"


def get_learning_task(tasks: Mapping[str, LearningTask], name: str) -> LearningTask:
    """The task with this name.

    Raises:
        BadInput: there is none.
    """
    if name not in tasks:
        raise BadInput(f"There is no model {name!r}; there are {', '.join(tasks) or 'none'}.")
    return tasks[name]
