"""What each agent sees of what tools bring back: the fields that its work needs, named one by one.

A field that is not named here reaches no model: not what people wrote into it, not what a connector adds to it one
day. A tool of which nothing is named shows nothing, so a new one must be declared before a model reads it.
Policy, workflows and the log go on with the whole result; this is only about what a model is sent.

A result cut to the fields that somebody declared to need. Pure.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from ..tools.summary import MASKED

VisibleFields = Mapping[str, tuple[str, ...]]
"""Dotted result paths by tool. A path stands for all that is below it; lists are passed through."""

_SHARED = {
    "memory.recall": "items.id items.text items.kind items.source items.title items.author items.on items.provenance",
    "handbook.search": "sections.section sections.title sections.text",
    "documents.read": "document_id name text start end total",
    "calculator.evaluate": "expression value exact unit currency",
    "tasks.create": "task_id title assignee status due_on",
    "tasks.close": "task_id status",
}
_CONTRACT_LIST = (
    "contracts.contract_id contracts.title contracts.type contracts.counterparty contracts.status contracts.starts_on "
    "contracts.ends_on contracts.renews_on contracts.auto_renew contracts.notice_days contracts.value_minor "
    "contracts.currency contracts.owner total"
)
_CONTRACT = (
    "contract_id title type counterparty customer_id supplier_id value_minor currency starts_on ends_on auto_renew "
    "renewal_months renews_on notice_days status owner"
)
_DISCOUNT = "discount_id customer_id percent status valid_from valid_to"
_FOUND_CUSTOMERS = "customers.customer_id customers.name customers.account_manager"

_LEGAL = _SHARED | {
    "contracts.get": f"{_CONTRACT} account_manager characters text notes",
    "contracts.search": _CONTRACT_LIST,
    # Where a quote begins and ends is for the page that shows it; a model cites the section.
    "contracts.review": (
        "source_id title parties.name parties.roles agreement_date effective_date expiration_date governing_law.value "
        "governing_law.quote clauses.kind clauses.label clauses.quote clauses.section clauses.confidence_percent "
        "likely.kind likely.label likely.quote likely.section likely.confidence_percent risks.rule_id risks.section "
        "risks.level risks.kind risks.quote risks.why risks.ask high_risks citations_checked citations_resolved "
        "citation_problems.kind citation_problems.text citation_problems.why characters"
    ),
    "contracts.note": "note_id contract_id",
    "contracts.set_status": "contract_id before status",
    "contracts.send_for_signature": "contract_id counterparty message_id status",
    "customers.get": "customer_id name country account_manager since",
    "customers.search": _FOUND_CUSTOMERS,
    "suppliers.get": "supplier_id name country status",
}
_FINANCE = _SHARED | {
    "invoices.get": (
        "invoice_id supplier_id supplier number po_id status invoice_date received_on due_on posted_on paid_on "
        "posted_by net_minor vat_minor total_minor currency days_overdue lines.line_no lines.description "
        "lines.quantity lines.unit_minor lines.net_minor lines.vat_percent lines.vat_minor events"
    ),
    "invoices.search": (
        "invoices.invoice_id invoices.supplier_id invoices.supplier invoices.number invoices.po_id invoices.status "
        "invoices.due_on invoices.total_minor invoices.currency invoices.days_overdue total"
    ),
    "invoices.match": (
        "invoice_id supplier_id po_id status total_minor currency due_on days_overdue matched kinds exceptions section"
    ),
    "invoices.post": "invoice_id before status total_minor currency",
    "invoices.unpost": "invoice_id before status total_minor currency",
    "payments.release": "payment_id invoice_id amount_minor currency paid_on",
    "suppliers.get": "supplier_id name email phone address country currency vat_id terms_days status",
    "suppliers.bank_details": "supplier_id iban bic",
    "suppliers.change_bank": "supplier_id before_ending iban_ending",
    "suppliers.message": "message_id supplier_id invoice_id promises_payment sent_at",
    "purchase_orders.get": (
        "po_id supplier_id supplier status ordered_on ordered_by net_minor currency lines.line_no lines.description "
        "lines.quantity lines.received lines.unit_minor lines.net_minor lines.vat_percent receipts.receipt_id "
        "receipts.line_no receipts.quantity receipts.received_on receipts.received_by invoices"
    ),
    "expenses.submit": "expense_id employee_id amount_minor currency status",
    "expenses.approve": "expense_id status",
    "discounts.grant": _DISCOUNT,
    "contracts.get": _CONTRACT,
    "contracts.search": _CONTRACT_LIST,
}
_SUPPORT = _SHARED | {
    "orders.get": (
        "order_id customer_id status ordered_on delivered_on days_since_delivery currency total_minor paid_minor "
        "refunded_minor refundable_minor lines.description lines.quantity lines.unit_minor lines.amount_minor "
        "shipments refunds"
    ),
    "orders.search": (
        "orders.order_id orders.customer_id orders.status orders.ordered_on orders.delivered_on orders.total_minor "
        "orders.currency total"
    ),
    "customers.get": "customer_id name country tier account_manager since csat usage orders open_tickets refunds_90d",
    "customers.search": _FOUND_CUSTOMERS,
    "customers.contact": "customer_id contact email phone address",
    "tickets.get": (
        "ticket_id customer_id order_id channel subject body topic status priority assignee opened_at closed_at "
        "comments.author comments.public comments.body comments.at"
    ),
    "tickets.search": (
        "tickets.ticket_id tickets.customer_id tickets.order_id tickets.subject tickets.topic tickets.status "
        "tickets.priority tickets.assignee tickets.opened_at total"
    ),
    "tickets.comment": "comment_id ticket_id",
    "tickets.set_status": "ticket_id before status",
    "refunds.issue": "refund_id order_id customer_id amount_minor currency status",
    "vouchers.issue": "voucher_id customer_id amount_minor currency status expires_on",
    "discounts.grant": _DISCOUNT,
    "access.request": "request_id user_id system level status",
    "access.grant": "request_id status",
}


def _parse_fields(words: Mapping[str, str]) -> VisibleFields:
    return MappingProxyType({tool: tuple(paths.split()) for tool, paths in words.items()})


LEGAL_FIELDS, FINANCE_FIELDS, SUPPORT_FIELDS = _parse_fields(_LEGAL), _parse_fields(_FINANCE), _parse_fields(_SUPPORT)
NO_FIELDS: VisibleFields = MappingProxyType({})


MOST_NAMED = 40


def select_fields(value: Mapping[str, Any], paths: Sequence[str]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What of a result was declared, and the paths of what was not, in their order.

    A path stands for all that is below it. Lists are passed through. Where a path leads on and the result has plain
    text instead of fields, nothing is shown, unless a rule masked it.

    Args:
        paths: dotted, e.g. ``("order_id", "lines.quantity")``.
    """
    left: dict[str, None] = {}
    kept = _fields(value, _tree(paths), "", left)
    return kept, tuple(left)


def format_paths(paths: Sequence[str]) -> str:
    """Paths in words, not endlessly many."""
    more = len(paths) - MOST_NAMED
    return ", ".join(paths[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


FieldTree = dict[str, "FieldTree | None"]
"""What is wanted by name: ``None`` for all of it."""


def _tree(paths: Sequence[str]) -> FieldTree:
    tree: FieldTree = {}
    for path in paths:
        *ahead, last = path.split(".")
        place = tree
        for name in ahead:
            below = place.setdefault(name, {})
            if below is None:  # all of it is wanted already
                break
            place = below
        else:
            place[last] = None
    return tree


def _fields(value: Mapping[str, Any], tree: FieldTree, above: str, left: dict[str, None]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, item in value.items():
        path = f"{above}{name}"
        if name not in tree:
            left[path] = None
        else:
            wanted = tree[name]
            kept[name] = item if wanted is None else _select_below(item, wanted, path, left)
    return kept


def _select_below(item: Any, tree: FieldTree, path: str, left: dict[str, None]) -> Any:
    if isinstance(item, Mapping):
        return _fields(item, tree, f"{path}.", left)
    if isinstance(item, list):
        return [_select_below(part, tree, path, left) for part in item]
    if item is None or item == MASKED:
        return item
    left[path] = None
    return None
