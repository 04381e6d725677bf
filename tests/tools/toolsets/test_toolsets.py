"""What every tool promises: exact arguments, words for people, a way to ask, a way back, and a guarded body."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest
from countersign.policies.domain.proposal import Effect
from countersign.policies.errors import BadInput, NotAllowed
from countersign.policies.rules.loader import load_packs
from countersign.tools.schemas import make_tool_schema, make_wire_name, parse_wire_name
from countersign.tools.spec import ToolContext, ToolSpec
from countersign.tools.toolsets import ALL
from services import Office

BY_NAME = {spec.name: spec for spec in ALL}
WRITES = [spec for spec in ALL if spec.writes]
IRREVERSIBLE = {"payments.release", "suppliers.message", "contracts.send_for_signature"}
NO_WAY_BACK = {"tickets.comment", "contracts.note", "suppliers.change_bank", "expenses.submit", "expenses.approve"}
EXPECTED = """
orders.get orders.search customers.get customers.search customers.contact tickets.get tickets.search tickets.comment
tickets.set_status refunds.issue refunds.cancel vouchers.issue vouchers.cancel invoices.get invoices.search
invoices.match invoices.post invoices.unpost payments.release suppliers.get suppliers.bank_details
suppliers.change_bank suppliers.message purchase_orders.get expenses.submit expenses.approve discounts.grant
discounts.revoke contracts.get contracts.search contracts.review contracts.note contracts.set_status
contracts.send_for_signature documents.read tasks.create tasks.close memory.recall handbook.search access.request
access.grant access.revoke calculator.evaluate
"""


def nodes(schema: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(schema, Mapping):
        yield schema
        for value in schema.values():
            yield from nodes(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from nodes(value)


def test_the_tools_are_the_ones_that_rules_and_playbooks_speak_of() -> None:
    """A renamed tool would silently be denied by default everywhere."""
    assert sorted(BY_NAME) == sorted(EXPECTED.split())


def test_every_tool_is_covered_by_the_written_rules() -> None:
    """A tool no rule speaks of can never run; a rule about no tool is a typing error."""
    policy = load_packs(tools=list(BY_NAME))
    assert [name for name in BY_NAME if not policy.rules_about(name)] == []


@pytest.mark.parametrize("spec", ALL, ids=lambda spec: spec.name)
def test_no_number_in_a_schema_is_a_binary_float(spec: ToolSpec) -> None:
    """0.1 + 0.2 in an amount would change what was signed."""
    for model in (spec.arguments, spec.result):
        assert not [node for node in nodes(model.model_json_schema()) if node.get("type") == "number"]


@pytest.mark.parametrize("spec", ALL, ids=lambda spec: spec.name)
def test_what_the_spec_names_is_in_the_models(spec: ToolSpec) -> None:
    """A critical argument or an untrusted path that does not exist guards nothing."""
    assert set(spec.critical) <= set(spec.arguments.model_fields)
    assert spec.arguments.model_config["extra"] == spec.result.model_config["extra"] == "forbid"
    definitions = spec.result.model_json_schema()
    for path in spec.untrusted:
        assert _reaches(definitions, definitions, path.split(".")), path
    assert not spec.writes or not spec.untrusted
    assert len(spec.description) > 20
    assert spec.owner in {"support", "finance", "legal", "it", "platform"}


def _reaches(whole: Any, node: Any, path: list[str]) -> bool:
    for found in nodes(node):
        if "$ref" in found and _reaches(whole, whole["$defs"][found["$ref"].rpartition("/")[2]], path):
            return True
        if path[0] in found.get("properties", {}):
            return len(path) == 1 or _reaches(whole, found["properties"][path[0]], path[1:])
    return False


@pytest.mark.parametrize("spec", WRITES, ids=lambda spec: spec.name)
def test_every_write_can_be_asked_about_and_repeated(spec: ToolSpec) -> None:
    """Without both, a crash in the middle leaves a doubt that only a person can settle."""
    assert spec.idempotent
    assert spec.reconcile is not None
    assert spec.critical
    assert (spec.effect is Effect.IRREVERSIBLE) == (spec.name in IRREVERSIBLE)
    if spec.undo_tool is not None:
        assert spec.undo is not None
        assert BY_NAME[spec.undo_tool].writes


def test_what_cannot_be_undone_is_known() -> None:
    """A new write without a way back must be a decision, not an oversight."""
    last_steps = {"refunds.cancel", "vouchers.cancel", "invoices.unpost", "discounts.revoke", "tasks.close"}
    last_steps |= {"access.revoke"}
    without = {spec.name for spec in WRITES if spec.undo_tool is None}
    assert without == IRREVERSIBLE | NO_WAY_BACK | last_steps


@pytest.mark.parametrize("spec", ALL, ids=lambda spec: spec.name)
def test_a_body_runs_only_through_the_registry(spec: ToolSpec, office: Office) -> None:
    """A notebook or a subagent with the spec in hand could act without policy."""
    context = ToolContext(
        principal=office.who("mara.voss"),
        services=office.services,
        today=date(2026, 3, 16),
        thread="t",
        key="k",
        permit=object(),
    )
    with pytest.raises(NotAllowed, match="only through the registry"):
        spec.run(object(), context)


def test_models_see_no_identity_and_no_unknown_arguments() -> None:
    """A model that can name a principal or a key can act as somebody else or repeat an effect."""
    text = json.dumps([make_tool_schema(spec) for spec in ALL])
    for word in ("principal", "tenant", "permit", "thread", '"key"'):
        assert word not in text
    for spec in ALL:
        parameters = make_tool_schema(spec)["function"]["parameters"]
        assert parameters["type"] == "object"
        assert parameters["additionalProperties"] is False


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_wire_names_can_be_read_back(name: str) -> None:
    """A call by a model would reach another tool."""
    assert parse_wire_name(make_wire_name(name)) == name


@pytest.mark.parametrize("name", ["a__b.c", "a._b", "a_.b", "A.b", "a b", "", "a..b", "a" * 65])
def test_names_that_could_not_be_read_back_are_refused(name: str) -> None:
    """Two tools could share one function name."""
    with pytest.raises(BadInput, match="cannot be given to a model"):
        make_wire_name(name)


def test_importing_the_package_loads_no_tool() -> None:
    """``--help`` would wait for every toolset."""
    code = (
        "import sys, countersign.tools.toolsets as t; assert 'pydantic' not in sys.modules; "
        "assert len(t.ALL) == 43; assert 'chromadb' not in sys.modules and 'onnxruntime' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
