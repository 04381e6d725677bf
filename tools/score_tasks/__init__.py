"""What the departments that ship score and learn: fraud, wrong invoices, displeased customers, urgent tickets.

`refund_fraud`, `invoice_risk` and `ticket_text` say where the features come from, `registry` lists them, and ``models``
holds the models that ship.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .invoice_risk import INVOICE_RISK as INVOICE_RISK
    from .refund_fraud import FRAUD as FRAUD
    from .registry import LEARNING_TASKS as LEARNING_TASKS
    from .ticket_text import SENTIMENT as SENTIMENT
    from .ticket_text import URGENCY as URGENCY

__getattr__ = export_lazily(
    __name__,
    {
        "invoice_risk": "INVOICE_RISK",
        "refund_fraud": "FRAUD",
        "registry": "LEARNING_TASKS",
        "ticket_text": "SENTIMENT URGENCY",
    },
)
