"""A model card says what a model is, what it was made of, how good it is and what it does not know.

After Mitchell et al., "Model Cards for Model Reporting", 2019.
"""

from ..scoring.model import ScoreModel
from ..scoring.task import LearningTask

_MOST_WORDS = 12


def format_score_card(task: LearningTask, model: ScoreModel, note: str = "") -> str:
    """The card as Markdown.

    Args:
        note: on the history that it was trained on, in words; empty to say nothing of it.
    """
    figures, target = model.metrics, task.target
    share = 100 * figures.get("positive", 0) / max(figures.get("cases", 0), 1)
    lines = [
        f"# The model of {task.name}",
        "",
        f"The probability, in whole per cent, {task.asks}. Rules see it as `scores.{task.name}`.",
        "",
        f"- Owner: {task.owner}",
        f"- Version: {model.version}, made {model.made}, digest `{model.digest}`",
        f"- Trained on: {model.settings['examples']} examples, {model.settings['positive']} positive, "
        f"digest `{model.data[:16]}`",
        "- Method: logistic regression with an L2 penalty, calibrated on scores of cases not seen (Platt)",
        "",
        "## How good it is",
        "",
        f"On {figures.get('cases', 0)} newer cases that it was not trained on ({share:.0f} % positive):",
        "",
        "| figure | value | target |",
        "|---|---|---|",
        f"| AUC | {figures.get('auc', 0) / 1000:.3f} | at least {target.auc / 1000:.3f} |",
        f"| calibration error | {figures.get('ece', 0) / 1000:.3f} | at most {target.calibration / 1000:.3f} |",
        f"| best F1, from {figures.get('f1_at_percent', 0)} % on | {figures.get('f1', 0) / 1000:.3f} | |",
        f"| Brier score | {figures.get('brier', 0) / 1000:.3f} | |",
        "",
        "Below target on recent labelled cases it is paused: it gives no score, and people decide.",
        "",
        "## What moves it",
        "",
        *(f"- {line}" for line in _movers(task, model)),
        "",
        "## What it does not know",
        "",
        *(f"- {line}" for line in (note, *task.limits) if line),
        "- It never allows anything: a rule that reads it can only ask for a review or deny.",
        "",
    ]
    return "\n".join(lines)


def _movers(task: LearningTask, model: ScoreModel) -> list[str]:
    order = sorted(range(len(model.features)), key=lambda place: (-abs(model.weights[place]), model.features[place]))
    return [
        f"{task.meaning(model.features[place])}: {'raises' if model.weights[place] > 0 else 'lowers'} it "
        f"({model.weights[place]:+.2f})"
        for place in order[:_MOST_WORDS]
    ]
