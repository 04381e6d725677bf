"""The rule language is what packs are written in, from the YAML text to the compiled policy set.

`pack` is the whole file; `rule`, `decision_table`, `rate_limit`, `budget`, `history` and `model_scores` are what can
stand in it, with the types in `fields`. `yaml` and `loader` read it and say what is wrong with file and line,
`expressions` compiles conditions in CEL, `inheritance` lets packs build on others, and `evidence` lists what conditions
can read. `policy_set` is the result. The verdict on a call is not found here but in the engine.
"""

from typing import TYPE_CHECKING

from ..lazy_exports import export_lazily

if TYPE_CHECKING:
    from .budget import Account as Account
    from .budget import Budget as Budget
    from .budget import BudgetAction as BudgetAction
    from .budget import OverBudget as OverBudget
    from .budget import Payer as Payer
    from .budget import convert_to_micros as convert_to_micros
    from .budget import list_payer_accounts as list_payer_accounts
    from .evidence import OWN_SCORES as OWN_SCORES
    from .evidence import REASON_FIELDS as REASON_FIELDS
    from .evidence import Facts as Facts
    from .evidence import gather_evidence as gather_evidence
    from .expressions import EvaluationError as EvaluationError
    from .expressions import Expression as Expression
    from .expressions import ExpressionError as ExpressionError
    from .expressions import blank_texts as blank_texts
    from .expressions import make_context as make_context
    from .fields import read_deadline as read_deadline
    from .fields import write_deadline as write_deadline
    from .history import History as History
    from .history import HistoryMark as HistoryMark
    from .history import compute_history_marks as compute_history_marks
    from .inheritance import find_replaced_cases as find_replaced_cases
    from .loader import load_over as load_over
    from .loader import load_packs as load_packs
    from .model_scores import ADOPT_MODEL_TOOL as ADOPT_MODEL_TOOL
    from .pack import PILOT_PREFIX as PILOT_PREFIX
    from .pack import Pack as Pack
    from .pack import PackCase as PackCase
    from .pilot import PILOT_NOTE as PILOT_NOTE
    from .pilot import is_allowed_by_pilot as is_allowed_by_pilot
    from .policy_set import SHORT_REVISION as SHORT_REVISION
    from .policy_set import CompiledRule as CompiledRule
    from .policy_set import PolicySet as PolicySet
    from .policy_set import assemble_policy_set as assemble_policy_set
    from .policy_set import compile_condition as compile_condition
    from .policy_set import dump_packs as dump_packs
    from .rate_limit import LimitSubject as LimitSubject
    from .rate_limit import RateLimit as RateLimit
    from .rate_limit import ReachedLimit as ReachedLimit
    from .rate_limit import check_playbooks as check_playbooks
    from .rate_limit import list_rate_keys as list_rate_keys
    from .rule import Rule as Rule
    from .rule import RuleEffect as RuleEffect
    from .vocabulary import normalize_word as normalize_word
    from .vocabulary import normalize_work_name as normalize_work_name

__getattr__ = export_lazily(
    __name__,
    {
        "budget": "Account Budget BudgetAction convert_to_micros list_payer_accounts OverBudget Payer",
        "evidence": "Facts gather_evidence OWN_SCORES REASON_FIELDS",
        "expressions": "blank_texts EvaluationError Expression ExpressionError make_context",
        "fields": "read_deadline write_deadline",
        "history": "compute_history_marks History HistoryMark",
        "inheritance": "find_replaced_cases",
        "loader": "load_over load_packs",
        "model_scores": "ADOPT_MODEL_TOOL",
        "pack": "Pack PackCase PILOT_PREFIX",
        "pilot": "is_allowed_by_pilot PILOT_NOTE",
        "policy_set": "assemble_policy_set compile_condition CompiledRule dump_packs PolicySet SHORT_REVISION",
        "rate_limit": "check_playbooks LimitSubject list_rate_keys RateLimit ReachedLimit",
        "rule": "Rule RuleEffect",
        "vocabulary": "normalize_word normalize_work_name",
    },
)
