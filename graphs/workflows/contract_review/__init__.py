"""The workflow that reviews a contract and puts it to counsel where that is due.

`workflow` holds its steps, `precedents` what was agreed elsewhere, and `note` the preliminary note.
"""

from typing import TYPE_CHECKING

from ....policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .workflow import CONTRACT_REVIEW as CONTRACT_REVIEW

__getattr__ = export_lazily(
    __name__,
    {
        "workflow": "CONTRACT_REVIEW",
    },
)
