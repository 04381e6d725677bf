"""The handlers of the legal department, about contracts.

`contract_questions` answers questions about one contract, `contract_search` finds contracts by description, and
`contract_actions` sends one for signature or notes something. Reviewing a contract is a workflow, not a handler.
"""

from typing import TYPE_CHECKING

from ....policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .contract_actions import LEGAL_NOTE as LEGAL_NOTE
    from .contract_actions import SEND_FOR_SIGNATURE as SEND_FOR_SIGNATURE
    from .contract_questions import CONTRACT_QUESTION as CONTRACT_QUESTION
    from .contract_search import CONTRACT_SEARCH as CONTRACT_SEARCH

__getattr__ = export_lazily(
    __name__,
    {
        "contract_actions": "LEGAL_NOTE SEND_FOR_SIGNATURE",
        "contract_questions": "CONTRACT_QUESTION",
        "contract_search": "CONTRACT_SEARCH",
    },
)
