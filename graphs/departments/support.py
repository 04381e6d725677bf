"""Support: customers, orders, tickets, refunds and vouchers."""

from ...agents.roster import SUPPORT_AGENT
from ...policies.packs import PACKS
from ...tools.sample_company.handbook import HANDBOOKS
from ...tools.score_tasks.refund_fraud import FRAUD
from ...tools.score_tasks.ticket_text import SENTIMENT, URGENCY
from ...tools.toolsets import SUPPORT as TOOLS
from ..extensions.extension import Extension
from ..handlers.shared.handbook import POLICY_QUESTION
from ..handlers.shared.memory_notes import add_memory
from ..handlers.support.customers import CUSTOMER_LOOKUP
from ..handlers.support.orders import COMPLAINT, ORDER_STATUS
from ..handlers.support.tickets import TICKET_QUESTION, TICKET_UPDATE
from ..handlers.support.vouchers import VOUCHER
from ..workflows.refund.workflow import REFUND

SUPPORT = Extension(
    name="support",
    version="1.0",
    owner="support_manager",
    tools=TOOLS,
    agents=(SUPPORT_AGENT,),
    handlers={
        "order_status": add_memory(ORDER_STATUS),
        "ticket_question": add_memory(TICKET_QUESTION),
        "ticket_update": TICKET_UPDATE,
        "complaint": COMPLAINT,
        "voucher": VOUCHER,
        "customer_lookup": add_memory(CUSTOMER_LOOKUP),
        "support_policy_question": POLICY_QUESTION,
    },
    workflows=(REFUND,),
    packs=(PACKS / "support.yaml",),
    handbooks=(HANDBOOKS / "support-handbook.md",),
    learning_tasks=(FRAUD, SENTIMENT, URGENCY),
)
