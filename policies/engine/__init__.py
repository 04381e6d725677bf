"""The engine decides: a pure function from policy, proposal and facts to a decision with its reasons.

`engine` is that function, `untrusted_text` the rule that no pack can switch off, and `edits` the decision on what a
reviewer changed. `stages` and `stage_guard` ask the rules at the stages before and after a tool's call.
`evidence_record` writes down what a decision rested on, `explanation` puts it into words, and `decision_change`
compares two decisions. The engine loads no facts and runs nothing.
"""

from typing import TYPE_CHECKING

from ..lazy_exports import export_lazily

if TYPE_CHECKING:
    from .decision_change import DecisionChange as DecisionChange
    from .decision_change import DecisionOutcome as DecisionOutcome
    from .decision_change import find_amount as find_amount
    from .decision_change import find_decision_change as find_decision_change
    from .decision_change import format_call_amount as format_call_amount
    from .edits import decide_edit as decide_edit
    from .engine import decide as decide
    from .engine import evaluate_rule as evaluate_rule
    from .evidence_record import BEFORE_RULES as BEFORE_RULES
    from .evidence_record import dump_facts as dump_facts
    from .evidence_record import parse_decision_record as parse_decision_record
    from .evidence_record import parse_stage_record as parse_stage_record
    from .explanation import Explanation as Explanation
    from .explanation import explain_decision as explain_decision
    from .explanation import explain_to_user as explain_to_user
    from .stage_guard import StageGuard as StageGuard

__getattr__ = export_lazily(
    __name__,
    {
        "decision_change": "DecisionChange DecisionOutcome find_amount find_decision_change format_call_amount",
        "edits": "decide_edit",
        "engine": "decide evaluate_rule",
        "evidence_record": "BEFORE_RULES dump_facts parse_decision_record parse_stage_record",
        "explanation": "explain_decision explain_to_user Explanation",
        "stage_guard": "StageGuard",
    },
)
