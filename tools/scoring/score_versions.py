"""Which model of each score is in force, and whether it is paused (see :mod:`.versions`)."""

from ...policies.errors import BadInput
from .features import MEANINGS
from .model import ScoreModel, from_json, shipped
from .versions import ADOPTED, PAUSED, RESUMED, ROLLED_BACK, SHIPPED, Overtaken, Versions, table

__all__ = ["ADOPTED", "PAUSED", "RESUMED", "ROLLED_BACK", "SHIPPED", "Overtaken", "Standings", "table"]


class Standings(Versions[ScoreModel]):
    """The models that score calls, of one installation."""

    tasks = frozenset(MEANINGS)

    def load_shipped(self, task: str) -> ScoreModel:
        """The model of a task as it came with this version."""
        return shipped(task)

    def parse_model(self, content: str, task: str) -> ScoreModel:
        """A model from its canonical JSON."""
        return from_json(content, task)

    def check(self, task: str, model: ScoreModel) -> None:
        """Refuses a model that was trained on other features than this version has."""
        wanted = MEANINGS.get(task)
        if wanted and set(model.features) != set(wanted):
            raise BadInput(
                f"Version {model.version} of the model {task} was trained on other features than this version of "
                f"Countersign has; `countersign learn rollback {task}` goes back to one that fits."
            )
