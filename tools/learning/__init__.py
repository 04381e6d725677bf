"""The learning loop: what people decide becomes examples, examples train models, and only a better model is adopted.

`loop` leads through it, and `factory` opens it over a data folder. `collector` and `examples` gather examples, `votes`
bounds what one person can move, `training` and `train_clauses` train, and `metrics` and `health` measure; `model_card`
says it in words. `promotion` compares a new model with the one in force, and `adoption` asks policy and people
(decision 0013). `port` lets another room train its model in the same loop. What is learned, departments bring as tasks.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .adoption import Adoption as Adoption
    from .collector import make_stated_example as make_stated_example
    from .examples import ExampleStore as ExampleStore
    from .examples import LearningExample as LearningExample
    from .factory import open_learning as open_learning
    from .health import MIN_SCORES as MIN_SCORES
    from .health import RECENT_DAYS as RECENT_DAYS
    from .health import SHIFT_LIMIT as SHIFT_LIMIT
    from .health import Health as Health
    from .loop import LearningLoop as LearningLoop
    from .metrics import compute_calibration_error as compute_calibration_error
    from .metrics import compute_stability_index as compute_stability_index
    from .metrics import round_to_thousandths as round_to_thousandths
    from .model_card import format_score_card as format_score_card
    from .port import ExampleCounts as ExampleCounts
    from .port import ModelStatus as ModelStatus
    from .port import TrainingOutcome as TrainingOutcome
    from .promotion import LEAST_OF_A_KIND as LEAST_OF_A_KIND
    from .promotion import ModelComparison as ModelComparison
    from .promotion import compare_on_held_back as compare_on_held_back
    from .promotion import explain_few_people as explain_few_people
    from .training import TrainingError as TrainingError
    from .training import load_past_samples as load_past_samples
    from .training import measure_score_model as measure_score_model
    from .training import train_score_model as train_score_model
    from .votes import LEAST_TO_DISTRUST as LEAST_TO_DISTRUST
    from .votes import WeightedVotes as WeightedVotes
    from .votes import compute_vote_weights as compute_vote_weights
    from .votes import drop_contradictions as drop_contradictions
    from .votes import is_held_back as is_held_back

__getattr__ = export_lazily(
    __name__,
    {
        "adoption": "Adoption",
        "collector": "make_stated_example",
        "examples": "ExampleStore LearningExample",
        "factory": "open_learning",
        "health": "Health MIN_SCORES RECENT_DAYS SHIFT_LIMIT",
        "loop": "LearningLoop",
        "metrics": "compute_calibration_error compute_stability_index round_to_thousandths",
        "model_card": "format_score_card",
        "port": "ExampleCounts ModelStatus TrainingOutcome",
        "promotion": "compare_on_held_back explain_few_people LEAST_OF_A_KIND ModelComparison",
        "training": "load_past_samples measure_score_model train_score_model TrainingError",
        "votes": "compute_vote_weights drop_contradictions is_held_back LEAST_TO_DISTRUST WeightedVotes",
    },
)
