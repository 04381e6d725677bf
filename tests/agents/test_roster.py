"""The specialists: who may propose what, and how tool names travel."""

import subprocess
import sys

from countersign.agents.models.answer import echo_to_wire
from countersign.agents.roster import FINANCE_AGENT, LEGAL_AGENT, SUPPORT_AGENT
from countersign.policies.errors import BadInput
from countersign.tools.schemas import make_wire_name, parse_wire_name
from hypothesis import given
from hypothesis import strategies as st

AGENTS = (LEGAL_AGENT, FINANCE_AGENT, SUPPORT_AGENT)

TOOLS = [
    "orders.get",
    "orders.search",
    "customers.get",
    "customers.search",
    "customers.contact",
    "tickets.get",
    "tickets.search",
    "tickets.comment",
    "tickets.set_status",
    "refunds.issue",
    "vouchers.issue",
    "invoices.get",
    "invoices.search",
    "invoices.match",
    "invoices.post",
    "payments.release",
    "suppliers.get",
    "suppliers.bank_details",
    "suppliers.change_bank",
    "suppliers.message",
    "purchase_orders.get",
    "expenses.submit",
    "expenses.approve",
    "discounts.grant",
    "contracts.get",
    "contracts.search",
    "contracts.review",
    "contracts.note",
    "contracts.set_status",
    "contracts.send_for_signature",
    "documents.read",
    "tasks.create",
    "tasks.close",
    "memory.recall",
    "handbook.search",
    "access.request",
    "access.grant",
    "calculator.evaluate",
]


def test_names_travel_and_come_back() -> None:
    """Would break if a call came back under another name than the tool was offered under."""
    wires = [make_wire_name(name) for name in TOOLS]
    assert [parse_wire_name(wire) for wire in wires] == TOOLS
    assert all(wire.replace("_", "").isalnum() for wire in wires)


@given(st.from_regex(r"[a-z_.]{1,12}", fullmatch=True))
def test_names_are_either_reversible_or_refused(name: str) -> None:
    """Would break if two tools could share one function name."""
    try:
        wire = make_wire_name(name)
    except BadInput:
        return
    assert parse_wire_name(wire) == name


@given(st.text(max_size=80))
def test_any_invented_name_can_be_echoed(name: str) -> None:
    """Would break if a model's odd tool name made the endpoint refuse the next request."""
    wire = echo_to_wire(name)
    assert 0 < len(wire) <= 64
    assert wire.isascii()
    assert wire.replace("_", "").replace("-", "").isalnum() or not wire.strip("_-")


def test_every_tool_has_an_agent_and_money_stays_apart() -> None:
    """Would break if a tool were out of everyone's reach, or support could pay suppliers."""
    assert all(any(one.may_propose(tool) for one in AGENTS) for tool in TOOLS)
    support, finance, legal = SUPPORT_AGENT, FINANCE_AGENT, LEGAL_AGENT
    tools = ("refunds.issue", "payments.release", "contracts.review")
    for agent, own in ((support, tools[0]), (finance, tools[1]), (legal, tools[2])):
        assert [tool for tool in tools if agent.may_propose(tool)] == [own]
    assert not legal.may_propose("contracts_evil.get")


def test_prompt_holds_house_rules_and_own_part() -> None:
    """Would break if a specialist were told nothing of the rules that all share."""
    for one in AGENTS:
        assert "policy decides" in one.prompt
        assert one.instructions in one.prompt


def test_importing_is_light() -> None:
    """Would break if `--help` paid for the model client."""
    code = (
        "import sys; import countersign.agents.models.pool, countersign.agents.roster; "
        "import countersign.agents.context.assembly; "
        "print([name for name in ('langchain_core', 'openai', 'langchain_openai', 'tenacity') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
