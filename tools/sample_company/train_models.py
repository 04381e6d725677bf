"""Developers train the models that ship with ``python -m countersign.tools.sample_company.train_models``."""

from pathlib import Path

from ..learning.model_card import format_score_card
from ..learning.training import load_past_samples, measure_score_model, train_score_model
from ..score_tasks.models import MODELS
from ..score_tasks.registry import LEARNING_TASKS
from ..scoring.model import ScoreModel
from ..scoring.task import LearningTask
from .business import read_labelled_history
from .texts.past_cases import LAST_DAY


def train_first_version(task: LearningTask) -> ScoreModel:
    """The first version of a model: trained on the older part of the history, measured on the newer."""
    seen, held = load_past_samples(task, read_labelled_history(task.name))
    model = train_score_model(task, seen, LAST_DAY)
    return model.with_metrics(measure_score_model(model, held), version=1)


def main(folder: Path = MODELS) -> None:
    """Trains every model, and writes it with its card."""
    for task in LEARNING_TASKS.values():
        model = train_first_version(task)
        (folder / f"{task.name}.json").write_text(model.to_json(), encoding="utf-8")
        (folder / f"{task.name}.md").write_text(format_score_card(task, model, task.model_note), encoding="utf-8")
        figures = model.metrics
        print(
            f"{task.name}: AUC {figures['auc'] / 1000:.3f}, calibration error {figures['ece'] / 1000:.3f}, "
            f"F1 {figures['f1'] / 1000:.3f} on {figures['cases']} cases"
        )


if __name__ == "__main__":
    main()
