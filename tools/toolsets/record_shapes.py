"""The records that each tool loads for policy to judge, and what is in them; facts are compared with it in the tests.

A field is ``text``, ``number``, ``yes/no`` or ``texts``, with ``?`` when it may be null.
"""

from collections.abc import Mapping
from functools import cache

from ...policies.lint.shapes import Shape, ToolShape, build_shape, make_mapping, parse_shape
from ..spec import ToolSpec

Fields = Mapping[str, str]

ORDER: Fields = {
    **dict.fromkeys(("order_id", "status", "customer_id", "currency"), "text"),
    **dict.fromkeys(("placed_by", "placed_by_human"), "text?"),
    **dict.fromkeys(("paid_minor", "refunded_minor", "refundable_minor", "days_since_delivery"), "number"),
}
CUSTOMER: Fields = {
    "customer_id": "text",
    **dict.fromkeys(("account_manager", "employee_id"), "text?"),
    **dict.fromkeys(("refunds_90d", "vouchers_90d_minor"), "number"),
}
INVOICE: Fields = {
    **dict.fromkeys(("invoice_id", "supplier_id", "status", "currency"), "text"),
    **dict.fromkeys(("posted_by", "posted_by_human"), "text?"),
    **dict.fromkeys(("total_minor", "days_overdue"), "number"),
    "exceptions": "texts",
}
SUPPLIER: Fields = dict.fromkeys(("supplier_id", "status", "country"), "text")
REQUEST: Fields = {**dict.fromkeys(("user_id", "system_owner", "manager"), "text?"), "system": "text"}
CONTRACT: Fields = {
    **dict.fromkeys(("contract_id", "status"), "text"),
    **dict.fromkeys(("currency", "owner", "owner_human", "account_manager"), "text?"),
    **dict.fromkeys(("value_minor", "high_risks"), "number?"),
}
REFUND: Fields = {
    **dict.fromkeys(("refund_id", "order_id", "customer_id", "currency", "status"), "text"),
    "created_by": "text?",
    "amount_minor": "number",
}
VOUCHER: Fields = {
    **dict.fromkeys(("voucher_id", "customer_id", "currency", "status"), "text"),
    "created_by": "text?",
    "amount_minor": "number",
}
TICKET: Fields = {
    **dict.fromkeys(("ticket_id", "status"), "text"),
    **dict.fromkeys(("customer_id", "order_id", "assignee"), "text?"),
}
TASK: Fields = dict.fromkeys(("task_id", "assignee", "created_by", "status"), "text?")
EXPENSE: Fields = {
    **dict.fromkeys(("expense_id", "currency", "status", "submitted_by", "submitted_by_human"), "text"),
    "manager": "text?",
    "amount_minor": "number",
}
DISCOUNT: Fields = {**dict.fromkeys(("discount_id", "status"), "text"), "percent": "number"}

TOUCHED_RECORDS: Mapping[str, Mapping[str, Fields]] = {
    "access.grant": {"request": REQUEST},
    "access.request": {"request": REQUEST},
    "access.revoke": {"request": REQUEST},
    "contracts.get": {"contract": {name: CONTRACT[name] for name in ("contract_id", "owner", "account_manager")}},
    "contracts.review": {"contract": CONTRACT, "document": {"document_id": "text"}},
    "contracts.send_for_signature": {"contract": CONTRACT},
    "contracts.set_status": {"contract": CONTRACT},
    "discounts.grant": {"customer": CUSTOMER},
    "discounts.revoke": {"discount": DISCOUNT, "customer": CUSTOMER},
    "expenses.approve": {"expense": EXPENSE},
    "expenses.submit": {"expense": {name: EXPENSE[name] for name in ("amount_minor", "submitted_by", "manager")}},
    "invoices.match": {"invoice": INVOICE},
    "invoices.post": {"invoice": INVOICE},
    "invoices.unpost": {"invoice": INVOICE},
    "payments.release": {"invoice": INVOICE},
    "refunds.cancel": {"refund": REFUND},
    "refunds.issue": {"order": ORDER, "customer": CUSTOMER},
    "suppliers.change_bank": {"supplier": SUPPLIER},
    "suppliers.message": {
        "supplier": SUPPLIER,
        "message": {"promises": "yes/no", "about_invoice": "yes/no"},
        "invoice": INVOICE,
    },
    "tasks.close": {"task": TASK},
    "tasks.create": {"task": {name: TASK[name] for name in ("assignee", "created_by")}},
    "tickets.comment": {"ticket": TICKET},
    "tickets.set_status": {"ticket": TICKET},
    "vouchers.cancel": {"voucher": VOUCHER},
    "vouchers.issue": {"customer": CUSTOMER},
}


def make_tool_shape(spec: ToolSpec) -> ToolShape:
    """What rules may read of a tool: its models, and the records it loads as far as they are known here."""
    if spec.name in TOUCHED_RECORDS or spec.facts is None:
        touched = TOUCHED_RECORDS.get(spec.name, {})
        records = make_mapping({name: make_mapping(_fields(fields)) for name, fields in touched.items()})
    else:
        records = Shape()
    return ToolShape(
        build_shape(spec.arguments.model_json_schema()), build_shape(spec.result.model_json_schema()), records
    )


@cache
def make_tool_shapes() -> Mapping[str, ToolShape]:
    """The shapes of all tools, by name."""
    from . import ALL

    return {spec.name: make_tool_shape(spec) for spec in ALL}


def _fields(fields: Fields) -> dict[str, Shape]:
    return {name: parse_shape(word) for name, word in fields.items()}
