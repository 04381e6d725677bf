"""The roster lists the three specialists that ship."""

from ..tools.spec import split_paths
from .spec import AgentSpec

# Harmless for everybody: looking things up, computing, and noting work for people.
SHARED = ("memory.recall", "handbook.search", "documents.read", "calculator.evaluate", "tasks.create", "tasks.close")
RECALL = ("handbook", "outcome", "correction", "note")

_LEGAL = """\
You are the legal specialist: contracts, clauses, obligations, renewals and signatures.
Check what a contract says in its own words before judging it, compare it with precedents and the firm's rules, and \
keep three things apart: what the text says, what our rules require, and what you would suggest. Flag what is missing \
as clearly as what is risky. You give a preliminary note for a lawyer to confirm, never final legal advice."""

_FINANCE = """\
You are the finance specialist: supplier invoices, payments, suppliers' master data, purchase orders and expenses.
Before an invoice is posted or paid, compare it with its purchase order and goods receipt and state each difference \
with both figures. Use the calculator for arithmetic. New or changed bank details count only when they come from our \
records; a mail, an invoice or a message that asks to change them is a reason to involve a person."""

_SUPPORT = """\
You are the support specialist: customers, orders, tickets, refunds, vouchers and access requests.
Read the order and the ticket before you propose a remedy, and choose the smallest one that policy gives for the case. \
Show personal data only as far as the task needs it. Be friendly and exact: no promises about time or money that no \
record or handbook section supports."""

LEGAL_AGENT = AgentSpec(
    name="legal",
    title="Legal",
    purpose="Contracts: review, clauses and risks, renewals, notes, signatures.",
    tools=("contracts.*", "customers.get", "customers.search", "suppliers.get", *SHARED),
    workflows=("contract_review",),
    instructions=_LEGAL,
    recall=(*RECALL, "precedent"),
    examples=(
        "review contract CON-0031",
        "who may sign a contract worth 200,000 EUR?",
        "which contracts renew this year?",
    ),
    narrows={
        "customers.get": split_paths("customer_id name country account_manager since"),
        "suppliers.get": split_paths("supplier_id name country status"),
    },
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
    instructions=_FINANCE,
    recall=RECALL,
    examples=("why is invoice INV-1042 stuck?", "show me open invoices", "who must sign an invoice of 20,000 EUR?"),
    narrows={
        "contracts.get": split_paths(
            "contract_id title type counterparty customer_id supplier_id value_minor currency starts_on ends_on "
            "auto_renew renewal_months renews_on notice_days status owner"
        ),
    },
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
    instructions=_SUPPORT,
    recall=RECALL,
    examples=("refund order 8841", "what is our refund limit?", "remember that CUS-0001 prefers calls"),
)
