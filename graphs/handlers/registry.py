"""Which handler serves which intent, and the two nodes in which a handler runs."""

from collections.abc import Callable
from typing import Any

from langgraph.graph import END
from langgraph.runtime import Runtime
from langgraph.types import Command

from ...tools.outcome import Outcome
from ..runtime.services import RunContext, Services
from ..state import Work
from ..steps import Ask, Calls, Finish, StepContext
from ..workflows.engine.workflow import make_finding, proceed
from .finance.expenses import EXPENSE_CLAIM
from .finance.invoices import INVOICE_QUESTION, PAYMENT_RELEASE, POST_INVOICE
from .finance.report import FINANCE_REPORT
from .finance.suppliers import BANK_CHANGE, SUPPLIER_MESSAGE
from .legal.contract_actions import LEGAL_NOTE, SEND_FOR_SIGNATURE
from .legal.contract_questions import CONTRACT_QUESTION
from .legal.contract_search import CONTRACT_SEARCH
from .shared.base import HAND_OVER, Handler, HandlerRequest
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


def get_handler(intent: str) -> Handler:
    """The errand of an intent; what nobody wrote one for is handed to a person."""
    return HANDLERS.get(intent, HAND_OVER)


def make_handler_nodes(services: Services) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The two nodes of an errand: find and tell."""

    async def find(state: Work, runtime: Runtime[RunContext]) -> Command[Any]:
        """One look or one act."""
        after = get_handler(state["part"]["intent"]).find(_case(services, state))
        if isinstance(after, Calls):
            return await proceed(services, after, state, runtime, "errand_report")
        return _end(state, after)

    async def tell(state: Work, runtime: Runtime[RunContext]) -> Command[Any]:
        """Say what came of it, or go on with what follows from it."""
        case = _case(services, state)
        after = get_handler(state["part"]["intent"]).tell(case)
        if not isinstance(after, Calls):
            return _end(state, after)
        if all(call.key in case.outcomes for call in after.calls):
            return _end(state, Finish("I could not finish this; nothing more was done.", status="stopped"))
        return await proceed(services, after, state, runtime, "errand_report")

    return find, tell


def _case(services: Services, state: Work) -> StepContext[HandlerRequest]:
    outcomes = {key: Outcome.from_record(record) for key, record in state.get("outcomes", {}).items()}
    return StepContext(HandlerRequest(**state["inputs"], intent=state["part"]["intent"]), outcomes, services.today())


def _end(state: Work, end: Finish | Ask) -> Command[Any]:
    return Command(goto=END, update={"findings": [make_finding(state["part"], end)]})
