"""This module says which model of each score is in force, and whether it is paused (see :mod:`.versions`)."""

from collections.abc import Mapping

from sqlalchemy import Engine

from ...policies.audit.log import AuditLog
from ...policies.errors import BadInput
from .model import ScoreModel, load_shipped_model, parse_score_model
from .task import LearningTask
from .versions import ADOPTED, PAUSED, RESUMED, ROLLED_BACK, SHIPPED, ModelVersions, VersionConflict, table

__all__ = ["ADOPTED", "PAUSED", "RESUMED", "ROLLED_BACK", "SHIPPED", "ScoreVersions", "VersionConflict", "table"]


class ScoreVersions(ModelVersions[ScoreModel]):
    """The models that score calls, of one installation.

    Args:
        tasks: by name, what can be scored.
    """

    def __init__(self, engine: Engine, audit: AuditLog, tasks: Mapping[str, LearningTask]) -> None:
        super().__init__(engine, audit)
        self.tasks = frozenset(tasks)
        self._tasks = tasks

    def load_shipped(self, task: str) -> ScoreModel:
        """The model of a task as it came with its department."""
        return load_shipped_model(task, self._tasks[task].model)

    def parse_model(self, content: str, task: str) -> ScoreModel:
        """A model from its canonical JSON."""
        return parse_score_model(content, task)

    def check(self, task: str, model: ScoreModel) -> None:
        """Refuses a model that was trained on other features than this version has."""
        wanted = self._tasks[task].features
        if wanted and set(model.features) != set(wanted):
            raise BadInput(
                f"Version {model.version} of the model {task} was trained on other features than this version of "
                f"Countersign has; `countersign learn rollback {task}` goes back to one that fits."
            )
