"""The handlers, and parts of handlers, that every department shares.

`handbook` answers questions about the company's rules with a quotation, `memory_notes` shows what people noted before,
and `handover` hands work to a person.
"""

from typing import TYPE_CHECKING

from ....policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .handbook import POLICY_QUESTION as POLICY_QUESTION
    from .handover import HAND_OVER as HAND_OVER
    from .handover import hand_over as hand_over
    from .handover import report_handover as report_handover
    from .memory_notes import add_memory as add_memory

__getattr__ = export_lazily(
    __name__,
    {
        "handbook": "POLICY_QUESTION",
        "handover": "HAND_OVER hand_over report_handover",
        "memory_notes": "add_memory",
    },
)
