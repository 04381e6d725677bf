"""The views turn values into what people and programs see: words for a terminal, and plain data for JSON.

`review_view`, `turn_view` and `value_view` show what their names say, and `explanations` why something was decided.
`learning_view` opens the learning loop for its commands too, and starts it in the background.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .explanations import explain_target as explain_target
    from .learning_view import check_model_name as check_model_name
    from .learning_view import describe_recorded_scores as describe_recorded_scores
    from .learning_view import format_status_row as format_status_row
    from .learning_view import has_shifted as has_shifted
    from .learning_view import open_learning_for as open_learning_for
    from .learning_view import serialize_example as serialize_example
    from .learning_view import serialize_status as serialize_status
    from .learning_view import serialize_training_outcome as serialize_training_outcome
    from .learning_view import start_in_background as start_in_background
    from .review_view import format_review as format_review
    from .review_view import serialize_review as serialize_review
    from .turn_view import TurnPrinter as TurnPrinter
    from .turn_view import serialize_turn as serialize_turn
    from .turn_view import show_turn as show_turn
    from .value_view import describe_changes as describe_changes

__getattr__ = export_lazily(
    __name__,
    {
        "explanations": "explain_target",
        "learning_view": (
            "check_model_name describe_recorded_scores format_status_row has_shifted open_learning_for "
            "serialize_example serialize_status serialize_training_outcome start_in_background"
        ),
        "review_view": "format_review serialize_review",
        "turn_view": "serialize_turn show_turn TurnPrinter",
        "value_view": "describe_changes",
    },
)
