"""`policy check` lists what is wrong with packs against tools, people and handbooks."""

import json
from pathlib import Path

import pytest
from command_line import Cli, run_cli

PACK = """
pack: tiny
version: "1"
owner: support_manager
description: A pack of one rule.
rules:
  - id: tiny.refund
    description: Small refunds are allowed.
    owner: support_manager
    source: support-handbook#3.2
    tools: [refunds.issue]
    roles: [ROLE]
    when: WHEN
    effect: allow
    reason: Small refunds are allowed.
cases:
  - {name: one euro, tool: refunds.issue, principal: {roles: [ROLE]}, args: {amount_minor: 100}, expect: allow}
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return tmp_path / "tiny.yaml"


def write(pack: Path, when: str = "args.amount_minor <= 1", role: str = "support_agent") -> str:
    pack.write_text(PACK.replace("WHEN", when).replace("ROLE", role), encoding="utf-8")
    return str(pack)


def test_a_misspelt_argument_is_an_error_with_a_suggestion(pack: Path) -> None:
    """The engine would deny every call, and only customers would notice."""
    result = run_cli("policy", "check", write(pack, "has(args.amont_minor) || args.amount_minor <= 100"))
    assert result.exit_code == 4
    assert "Did you mean 'amount_minor'?" in result.stderr
    assert "All is well" not in result.stdout


def test_warnings_are_listed_and_only_strict_fails(pack: Path) -> None:
    """A limit without an owner is for its owner to settle; a release may insist."""
    name = write(pack, "args.amount_minor <= 100")
    lenient = run_cli("policy", "check", name)
    assert lenient.exit_code == 0, lenient.stderr
    assert "WARNING" in lenient.stdout
    assert "threshold:" in lenient.stdout
    assert run_cli("policy", "check", "--strict", name).exit_code == 4


def test_findings_for_programs(pack: Path) -> None:
    """CI reads kinds and places, not sentences."""
    result = run_cli("--json", "policy", "check", write(pack, "args.amount_minor <= 100 && args.order_id == 4"))
    assert result.exit_code == 4
    found = json.loads(result.stdout)
    assert found["sound"] is False
    assert {"level": "error", "kind": "wrong-type", "where": "rule tiny.refund"}.items() <= found["findings"][0].items()
    assert found["failed"][0]["case"] == "one euro"


def test_roles_are_those_of_the_people(pack: Path, cli: Cli) -> None:
    """Where there is a data folder, a role that nobody has is found."""
    result = cli("policy", "check", write(pack, "args.amount_minor == 100", role="suport_agent"))
    assert result.exit_code == 4
    assert "Did you mean 'support_agent'?" in result.stderr
    assert cli("policy", "check", "--strict").exit_code == 0


def test_the_packs_that_ship_pass_strictly() -> None:
    """They are what owners copy from; notes are shown when asked for."""
    result = run_cli("policy", "check", "--strict", "--notes")
    assert result.exit_code == 0, result.stderr
    assert "NOTE" in result.stdout
