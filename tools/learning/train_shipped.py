"""The models that come with a version, for developers: ``python -m countersign.tools.learning.train_shipped``."""

from pathlib import Path

from ..sample_company.past_cases import LAST_DAY
from ..scoring.model import FOLDER, ScoreModel
from .model_card import card
from .tasks import TASKS, Task
from .training import measure, past_samples, train


def first(task: Task) -> ScoreModel:
    """The first version of a model: trained on the older part of the history, measured on the newer."""
    seen, held = past_samples(task)
    model = train(task, seen, LAST_DAY)
    return model.with_metrics(measure(model, held), version=1)


def main(folder: Path = FOLDER) -> None:
    """Train and write every model with its card."""
    for task in TASKS.values():
        model = first(task)
        (folder / f"{task.name}.json").write_text(model.to_json(), encoding="utf-8")
        (folder / f"{task.name}.md").write_text(card(task, model), encoding="utf-8")
        figures = model.metrics
        print(
            f"{task.name}: AUC {figures['auc'] / 1000:.3f}, calibration error {figures['ece'] / 1000:.3f}, "
            f"F1 {figures['f1'] / 1000:.3f} on {figures['cases']} cases"
        )


if __name__ == "__main__":
    main()
