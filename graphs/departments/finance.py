"""Finance: supplier invoices, payments, suppliers, expenses and discounts."""

from ...agents.roster import FINANCE_AGENT
from ...policies.packs import PACKS
from ...tools.sample_company.handbook import HANDBOOKS
from ...tools.score_tasks.invoice_risk import INVOICE_RISK
from ...tools.toolsets import FINANCE as TOOLS
from ..extensions.extension import Extension
from ..handlers.finance.expenses import EXPENSE_CLAIM
from ..handlers.finance.invoices import INVOICE_QUESTION, PAYMENT_RELEASE, POST_INVOICE
from ..handlers.finance.report import FINANCE_REPORT
from ..handlers.finance.suppliers import BANK_CHANGE, SUPPLIER_MESSAGE
from ..handlers.shared.handbook import POLICY_QUESTION
from ..handlers.shared.memory_notes import add_memory
from ..handlers.support.vouchers import DISCOUNT
from ..workflows.invoice_exception.workflow import INVOICE_EXCEPTION

FINANCE = Extension(
    name="finance",
    version="1.0",
    owner="controller",
    tools=TOOLS,
    agents=(FINANCE_AGENT,),
    handlers={
        "invoice_question": add_memory(INVOICE_QUESTION),
        "post_invoice": POST_INVOICE,
        "payment_release": PAYMENT_RELEASE,
        "bank_change": BANK_CHANGE,
        "supplier_message": SUPPLIER_MESSAGE,
        "expense_claim": EXPENSE_CLAIM,
        "discount_request": DISCOUNT,
        "finance_policy_question": POLICY_QUESTION,
        "finance_report": FINANCE_REPORT,
    },
    workflows=(INVOICE_EXCEPTION,),
    packs=(PACKS / "finance.yaml",),
    handbooks=(HANDBOOKS / "finance-handbook.md",),
    learning_tasks=(INVOICE_RISK,),
)
