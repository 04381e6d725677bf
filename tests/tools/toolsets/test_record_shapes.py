"""What is declared of the records that tools load is what they load: rules are checked against the declaration."""

from collections.abc import Mapping
from typing import Any

import pytest
from countersign.policies.lint.shapes import find_shape
from countersign.tools.schemas import tool_shapes
from countersign.tools.spec import ToolContext
from countersign.tools.toolsets import ALL
from services import TODAY, Office

TOUCHED = {spec.name: spec.touches for spec in ALL if spec.touches}
ARGUMENT = {
    "order": "order_id",
    "customer": "customer_id",
    "invoice": "invoice_id",
    "supplier": "supplier_id",
    "contract": "contract_id",
    "refund": "refund_id",
    "voucher": "voucher_id",
    "ticket": "ticket_id",
    "task": "task_id",
    "expense": "expense_id",
    "discount": "discount_id",
    "access_request": "request_id",
}
BY_TOOL = {
    "access.grant": "access_request",
    "access.revoke": "access_request",
    "discounts.revoke": "discount",
    "refunds.issue": "order",
}
OWN: Mapping[str, Mapping[str, Any]] = {
    "access.request": {"system": "payroll"},
    "expenses.submit": {"amount_minor": 100},
    "tasks.create": {"assignee": "mara.voss"},
}


def kind_of(value: Any) -> str:
    """A value's kind in the words of shapes."""
    kinds = {type(None): "null", bool: "yes/no", int: "number", str: "text", list: "list", tuple: "list"}
    return kinds[type(value)]


def loaded(office: Office, name: str) -> list[Mapping[str, Mapping[str, Any]]]:
    """What the tool loads for a few records of the sample company."""
    spec = office.registry.specs[name]
    context = ToolContext(office.who("mara.voss"), office.services, TODAY, "t", "k", None)
    kind = BY_TOOL.get(name) or next(iter(TOUCHED[name]))
    assert spec.facts is not None
    if name in OWN:
        return [spec.facts(spec.arguments.model_construct(**OWN[name]), context)]
    found = []
    for row in office.records.find(kind, limit=5):
        args = {
            ARGUMENT[kind]: row["id"],
            "currency": row.get("currency"),
            "body": "We pay tomorrow.",
            "source_id": row["id"],
        }
        args |= {"invoice_id": row["id"] if kind == "invoice" else None, "promises_payment": False, "subject": "x"}
        found.append(spec.facts(spec.arguments.model_construct(**args), context))
    return found


def test_every_tool_that_loads_records_says_which() -> None:
    """A tool left out would have its fields unchecked, and a misspelt one would deny everything."""
    assert {spec.name for spec in ALL if spec.facts} == set(TOUCHED)


@pytest.mark.parametrize("name", sorted(TOUCHED))
def test_records_are_as_they_are_declared(office: Office, name: str) -> None:
    """A rule on a field that is declared and never loaded would pass its check and deny in life."""
    shape = tool_shapes(ALL)[name].records
    facts = loaded(office, name)
    if not facts:
        pytest.skip(f"the sample company has no record for {name}")
    for records in facts:
        assert set(records) <= set(TOUCHED[name])
        for record, fields in records.items():
            assert set(fields) == set(TOUCHED[name][record]), record
            for field, value in fields.items():
                known = find_shape(shape, f"{record}.{field}")
                assert not isinstance(known, str)
                assert kind_of(value) in known.kinds, (field, value)


def test_an_order_from_a_second_account_tells_who_is_behind_it(office: Office) -> None:
    """Without it nobody's own refund by way of a second account is recognised; the rule's case alone proves nothing."""
    spec = office.registry.specs["refunds.issue"]
    context = ToolContext(office.who("mara.voss"), office.services, TODAY, "t", "k", None)
    assert spec.facts is not None
    orders = office.records.find("order", limit=500)
    order = next(row for row in orders if row["placed_by"])
    found = spec.facts(spec.arguments.model_construct(order_id=order["id"], currency=order["currency"]), context)
    expected = office.directory.get(order["placed_by"])
    assert found["order"]["placed_by_human"] == (expected.human if expected else order["placed_by"])
