"""The handlers of finance: questions about invoices, posting and payment, expenses, suppliers and reports.

Invoices that do not match are a workflow, not a handler.
"""

from typing import TYPE_CHECKING

from ....policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .expenses import EXPENSE_CLAIM as EXPENSE_CLAIM
    from .invoices import INVOICE_QUESTION as INVOICE_QUESTION
    from .invoices import PAYMENT_RELEASE as PAYMENT_RELEASE
    from .invoices import POST_INVOICE as POST_INVOICE
    from .report import FINANCE_REPORT as FINANCE_REPORT
    from .suppliers import BANK_CHANGE as BANK_CHANGE
    from .suppliers import SUPPLIER_MESSAGE as SUPPLIER_MESSAGE

__getattr__ = export_lazily(
    __name__,
    {
        "expenses": "EXPENSE_CLAIM",
        "invoices": "INVOICE_QUESTION PAYMENT_RELEASE POST_INVOICE",
        "report": "FINANCE_REPORT",
        "suppliers": "BANK_CHANGE SUPPLIER_MESSAGE",
    },
)
