"""The registry says which handler serves which intent."""

from ..workflows.engine.handler import Handler
from .finance.expenses import EXPENSE_CLAIM
from .finance.invoices import INVOICE_QUESTION, PAYMENT_RELEASE, POST_INVOICE
from .finance.report import FINANCE_REPORT
from .finance.suppliers import BANK_CHANGE, SUPPLIER_MESSAGE
from .legal.contract_actions import LEGAL_NOTE, SEND_FOR_SIGNATURE
from .legal.contract_questions import CONTRACT_QUESTION
from .legal.contract_search import CONTRACT_SEARCH
from .shared.handbook import POLICY_QUESTION
from .shared.memory_notes import add_memory
from .support.customers import CUSTOMER_LOOKUP
from .support.orders import COMPLAINT, ORDER_STATUS
from .support.tickets import TICKET_QUESTION, TICKET_UPDATE
from .support.vouchers import DISCOUNT, VOUCHER

HANDLERS: dict[str, Handler] = {
    "order_status": add_memory(ORDER_STATUS),
    "ticket_question": add_memory(TICKET_QUESTION),
    "ticket_update": TICKET_UPDATE,
    "complaint": COMPLAINT,
    "voucher": VOUCHER,
    "customer_lookup": add_memory(CUSTOMER_LOOKUP),
    "support_policy_question": POLICY_QUESTION,
    "invoice_question": add_memory(INVOICE_QUESTION),
    "post_invoice": POST_INVOICE,
    "payment_release": PAYMENT_RELEASE,
    "bank_change": BANK_CHANGE,
    "supplier_message": SUPPLIER_MESSAGE,
    "expense_claim": EXPENSE_CLAIM,
    "discount_request": DISCOUNT,
    "finance_policy_question": POLICY_QUESTION,
    "finance_report": FINANCE_REPORT,
    "contract_question": add_memory(CONTRACT_QUESTION),
    "contract_search": CONTRACT_SEARCH,
    "legal_policy_question": POLICY_QUESTION,
    "send_for_signature": SEND_FOR_SIGNATURE,
    "legal_note": LEGAL_NOTE,
}
