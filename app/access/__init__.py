"""This package opens what a command needs and no more, and says who may see or do what.

`caller` is who calls, `data_folder` opens the assistant or the records, and `permissions` and `inbox` say what a
principal may do and see. `audit_reader`, `receipt_files`, `effect_status` and `unmasking` read records; `rulebook`,
`pack_check`, `simulation` and `backtests` load and try rules. Results are printed elsewhere.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .audit_reader import copy_lines as copy_lines
    from .audit_reader import describe_record as describe_record
    from .audit_reader import export_lines as export_lines
    from .audit_reader import serialize_record as serialize_record
    from .audit_reader import write_lines as write_lines
    from .backtests import EXIT_LOOSER as EXIT_LOOSER
    from .backtests import backtest_records as backtest_records
    from .backtests import load_other_packs as load_other_packs
    from .caller import USER_VARIABLE as USER_VARIABLE
    from .caller import Caller as Caller
    from .caller import get_caller as get_caller
    from .data_folder import DATABASE as DATABASE
    from .data_folder import DataFolder as DataFolder
    from .data_folder import check_waiting_work as check_waiting_work
    from .data_folder import open_assistant_for as open_assistant_for
    from .data_folder import open_business as open_business
    from .data_folder import open_data_folder as open_data_folder
    from .data_folder import open_governance_for as open_governance_for
    from .data_folder import require_database as require_database
    from .effect_status import EffectStatus as EffectStatus
    from .effect_status import read_effect_status as read_effect_status
    from .inbox import apply_changes as apply_changes
    from .inbox import find_answerable_id as find_answerable_id
    from .inbox import find_review as find_review
    from .inbox import find_sent_back as find_sent_back
    from .inbox import list_eligible_reviewers as list_eligible_reviewers
    from .inbox import list_visible_reviews as list_visible_reviews
    from .inbox import may_judge as may_judge
    from .inbox import sort_by_urgency as sort_by_urgency
    from .pack_check import check_packs as check_packs
    from .permissions import may_erase_others as may_erase_others
    from .permissions import may_vouch as may_vouch
    from .permissions import require_eraser as require_eraser
    from .permissions import require_key_keeper as require_key_keeper
    from .permissions import require_reader as require_reader
    from .permissions import require_source_eraser as require_source_eraser
    from .permissions import require_voucher as require_voucher
    from .receipt_files import check_given_receipt as check_given_receipt
    from .receipt_files import describe_proof as describe_proof
    from .receipt_files import issue_wanted_receipt as issue_wanted_receipt
    from .receipt_files import read_given_file as read_given_file
    from .receipt_files import serialize_receipt as serialize_receipt
    from .rulebook import load_caller_rules as load_caller_rules
    from .rulebook import load_packs_at as load_packs_at
    from .rulebook import load_settings_rules as load_settings_rules
    from .rulebook import load_stored_rules as load_stored_rules
    from .rulebook import open_editions as open_editions
    from .simulation import simulate_for_reader as simulate_for_reader
    from .unmasking import make_stored_masker as make_stored_masker
    from .unmasking import unmask_line as unmask_line
    from .unmasking import unmask_record as unmask_record
    from .unmasking import unmask_text as unmask_text

__getattr__ = export_lazily(
    __name__,
    {
        "audit_reader": "copy_lines describe_record export_lines serialize_record write_lines",
        "backtests": "backtest_records EXIT_LOOSER load_other_packs",
        "caller": "Caller get_caller USER_VARIABLE",
        "data_folder": (
            "check_waiting_work DATABASE DataFolder open_assistant_for open_business open_data_folder "
            "open_governance_for require_database"
        ),
        "effect_status": "EffectStatus read_effect_status",
        "inbox": (
            "apply_changes find_answerable_id find_review find_sent_back list_eligible_reviewers "
            "list_visible_reviews may_judge sort_by_urgency"
        ),
        "pack_check": "check_packs",
        "permissions": (
            "may_erase_others may_vouch require_eraser require_key_keeper require_reader require_source_eraser "
            "require_voucher"
        ),
        "receipt_files": "check_given_receipt describe_proof issue_wanted_receipt read_given_file serialize_receipt",
        "rulebook": "load_caller_rules load_packs_at load_settings_rules load_stored_rules open_editions",
        "simulation": "simulate_for_reader",
        "unmasking": "make_stored_masker unmask_line unmask_record unmask_text",
    },
)
