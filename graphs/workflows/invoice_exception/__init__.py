"""The workflow that explains why an invoice does not match, and acts on it when asked to.

`workflow` holds its steps, `request` tells a question from an order to act, and `letter` writes to the supplier.
"""

from typing import TYPE_CHECKING

from ....policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .letter import write_letter as write_letter
    from .workflow import INVOICE_EXCEPTION as INVOICE_EXCEPTION

__getattr__ = export_lazily(
    __name__,
    {
        "letter": "write_letter",
        "workflow": "INVOICE_EXCEPTION",
    },
)
