"""The workflow that refunds an order: look up, pay back as policy decides, and note it on the ticket.

All of it stands in `workflow`. The amounts that need approval are written in the packs, not here.
"""

from typing import TYPE_CHECKING

from ....policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .workflow import REFUND as REFUND

__getattr__ = export_lazily(
    __name__,
    {
        "workflow": "REFUND",
    },
)
