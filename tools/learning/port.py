"""Another room trains its model in the same loop through this port; the results of the loop are values here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from ...policies.domain.principal import Principal
from ..scoring.versions import ModelStanding, TrainedModel
from .health import Health


@dataclass(frozen=True, slots=True)
class TrainingOutcome:
    """What a run came to for one task.

    Attributes:
        state: ``kept`` (the model in force stays), ``adopted``, ``waits`` or ``denied``.
        reasons: in words.
        figures: in thousandths.
    """

    task: str
    state: str
    reasons: tuple[str, ...]
    figures: Mapping[str, int]
    review_id: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """How one model stands.

    Attributes:
        drift: stability index of recent scores against the history's, in thousandths; ``None`` for too few.
        distrusted: people whose labels do not count.
        corrected: of the router, how many requests of the last 90 days people sent elsewhere, and of how many.
    """

    standing: ModelStanding[TrainedModel]
    health: Health
    examples: int
    people: int
    set_aside: Mapping[str, int]
    distrusted: tuple[str, ...]
    drift: int | None
    waiting: tuple[str, ...]
    corrected: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class ExampleCounts:
    """What a run says of the examples besides its result."""

    set_aside: Mapping[str, int]
    distrusted: tuple[str, ...]


class ExternalModel(Protocol):
    """A model that is trained elsewhere and is collected for, adopted, kept and rolled back like the others."""

    name: str

    def settle(self, tenant: str) -> list[str]:
        """Adopts what people signed meanwhile."""

    def train(self, who: Principal) -> tuple[TrainingOutcome, ExampleCounts]:
        """Trains, compares, and asks policy.

        Raises:
            CannotTrain: scikit-learn is not installed.
        """

    def status(self, tenant: str) -> ModelStatus:
        """How it stands now; changes nothing."""

    def roll_back(self, who: Principal) -> TrainedModel:
        """Puts the one back in force that was so before.

        Raises:
            BadInput: there is none before it.
            NotAllowed: policy denies this person to do so.
        """

    def card(self, tenant: str) -> tuple[str, Mapping[str, object]]:
        """Its card as Markdown, and the same as plain data."""
