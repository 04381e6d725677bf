"""This module says which model of each score is in force, and whether it is paused (see :mod:`.versions`)."""

from ...policies.errors import BadInput
from .features import FEATURE_MEANINGS
from .model import ScoreModel, load_shipped_model, parse_score_model
from .versions import ADOPTED, PAUSED, RESUMED, ROLLED_BACK, SHIPPED, ModelVersions, VersionConflict, table

__all__ = ["ADOPTED", "PAUSED", "RESUMED", "ROLLED_BACK", "SHIPPED", "ScoreVersions", "VersionConflict", "table"]


class ScoreVersions(ModelVersions[ScoreModel]):
    """The models that score calls, of one installation."""

    tasks = frozenset(FEATURE_MEANINGS)

    def load_shipped(self, task: str) -> ScoreModel:
        """The model of a task as it came with this version."""
        return load_shipped_model(task)

    def parse_model(self, content: str, task: str) -> ScoreModel:
        """A model from its canonical JSON."""
        return parse_score_model(content, task)

    def check(self, task: str, model: ScoreModel) -> None:
        """Refuses a model that was trained on other features than this version has."""
        wanted = FEATURE_MEANINGS.get(task)
        if wanted and set(model.features) != set(wanted):
            raise BadInput(
                f"Version {model.version} of the model {task} was trained on other features than this version of "
                f"Countersign has; `countersign learn rollback {task}` goes back to one that fits."
            )
