"""A review is a durable record that a proposal waits for people; this package holds reviews and their answers.

`review` is the value with its states and the separation of duties (``Review.refuse``), `store` the only place that
changes it, and `records` its table and its trace in the audit log. `answers` and `deadlines` are the rules of who may
answer and when it ends; `countersignature` and `countersignature_store` are the signed answers. `pack_change` and
`in_doubt` put other questions to people in the same form, and `wording` says a review in words. The pause of the graph
is elsewhere and only points at a review.
"""

from typing import TYPE_CHECKING

from ..lazy_exports import export_lazily

if TYPE_CHECKING:
    from .answers import list_allowed_answers as list_allowed_answers
    from .answers import list_fitting_answers as list_fitting_answers
    from .answers import may_be_withdrawn as may_be_withdrawn
    from .countersignature import SignedCountersignature as SignedCountersignature
    from .countersignature import check_review as check_review
    from .countersignature_store import CountersignatureStore as CountersignatureStore
    from .in_doubt import SETTLE_TOOL as SETTLE_TOOL
    from .in_doubt import build_effect_decision as build_effect_decision
    from .in_doubt import build_effect_question as build_effect_question
    from .pack_change import ADOPT_TOOL as ADOPT_TOOL
    from .pack_change import POLICY_THREAD as POLICY_THREAD
    from .pack_change import build_adopt_decision as build_adopt_decision
    from .pack_change import build_adopt_proposal as build_adopt_proposal
    from .pack_change import describe_differences as describe_differences
    from .pack_change import list_change_seats as list_change_seats
    from .pack_change import may_propose as may_propose
    from .records import table as table
    from .review import PERSON_PREFIX as PERSON_PREFIX
    from .review import Answer as Answer
    from .review import AnswerType as AnswerType
    from .review import Review as Review
    from .review import ReviewState as ReviewState
    from .store import ReviewStore as ReviewStore
    from .wording import format_answer as format_answer
    from .wording import format_due as format_due
    from .wording import format_review_state as format_review_state
    from .wording import format_seat as format_seat
    from .wording import format_signature as format_signature
    from .wording import format_signers as format_signers
    from .wording import format_waiting_line as format_waiting_line

__getattr__ = export_lazily(
    __name__,
    {
        "answers": "list_allowed_answers list_fitting_answers may_be_withdrawn",
        "countersignature": "check_review SignedCountersignature",
        "countersignature_store": "CountersignatureStore",
        "in_doubt": "build_effect_decision build_effect_question SETTLE_TOOL",
        "pack_change": (
            "ADOPT_TOOL build_adopt_decision build_adopt_proposal describe_differences list_change_seats "
            "may_propose POLICY_THREAD"
        ),
        "records": "table",
        "review": "Answer AnswerType PERSON_PREFIX Review ReviewState",
        "store": "ReviewStore",
        "wording": (
            "format_answer format_due format_review_state format_seat format_signature format_signers "
            "format_waiting_line"
        ),
    },
)
