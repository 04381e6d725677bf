"""The three specialists."""

from ..policies.errors import BadInput
from .prompts import FINANCE, LEGAL, SUPPORT
from .spec import AgentSpec
from .visible_fields import FINANCE_FIELDS, LEGAL_FIELDS, SUPPORT_FIELDS

# Harmless for everybody: looking things up, computing, and noting work for people.
SHARED = ("memory.recall", "handbook.search", "documents.read", "calculator.evaluate", "tasks.create", "tasks.close")
RECALL = ("handbook", "outcome", "correction", "note")

LEGAL_AGENT = AgentSpec(
    name="legal",
    title="Legal",
    purpose="Contracts: review, clauses and risks, renewals, notes, signatures.",
    tools=("contracts.*", "customers.get", "customers.search", "suppliers.get", *SHARED),
    workflows=("contract_review",),
    instructions=LEGAL,
    recall=(*RECALL, "precedent"),
    visible_fields=LEGAL_FIELDS,
)
FINANCE_AGENT = AgentSpec(
    name="finance",
    title="Finance",
    purpose="Supplier invoices and their exceptions, payments, supplier data, purchase orders, expenses, discounts.",
    tools=(
        "invoices.*",
        "payments.release",
        "suppliers.*",
        "purchase_orders.get",
        "expenses.*",
        "discounts.grant",
        "contracts.get",
        "contracts.search",
        *SHARED,
    ),
    workflows=("invoice_exception",),
    instructions=FINANCE,
    recall=RECALL,
    visible_fields=FINANCE_FIELDS,
)
SUPPORT_AGENT = AgentSpec(
    name="support",
    title="Support",
    purpose="Customers, orders, tickets, refunds, vouchers, access requests.",
    tools=(
        "orders.*",
        "customers.*",
        "tickets.*",
        "refunds.issue",
        "vouchers.issue",
        "discounts.grant",
        "access.request",
        "access.grant",
        *SHARED,
    ),
    workflows=("refund",),
    instructions=SUPPORT,
    recall=RECALL,
    visible_fields=SUPPORT_FIELDS,
)

AGENTS = {agent.name: agent for agent in (LEGAL_AGENT, FINANCE_AGENT, SUPPORT_AGENT)}


def get_agent(name: str) -> AgentSpec:
    """The agent with this name.

    Raises:
        BadInput: there is none.
    """
    try:
        return AGENTS[name]
    except KeyError:
        raise BadInput(f"There is no agent {name!r}; there are {', '.join(AGENTS)}.") from None
