"""`policy` shows the rules in force, checks packs and says exactly what is wrong with them."""

import json
from pathlib import Path

import pytest
from command_line import run_cli

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
    when: args.amount_minor <= 100
    effect: allow
    reason: Small refunds are allowed.
cases:
  - name: one euro
    tool: refunds.issue
    args: {amount_minor: 100}
    expect: EXPECT
"""


def test_rules_are_listed_with_owner_and_section() -> None:
    """Whoever is told no must be able to find who answers for the rule."""
    result = run_cli("policy", "list", "--tool", "refunds.issue")
    assert result.exit_code == 0
    line = next(line for line in result.stdout.splitlines() if line.startswith("support.refund.medium "))
    assert "support-handbook#3.2" in line
    assert "support_manager" in line
    assert "finance." not in result.stdout


def test_rules_for_programs() -> None:
    """Filters apply to JSON as well."""
    result = run_cli("--json", "policy", "list", "--owner", "controller")
    rules = json.loads(result.stdout)["rules"]
    assert rules
    assert {rule["owner"] for rule in rules} == {"controller"}


def test_the_default_packs_are_sound() -> None:
    """`policy check` without arguments checks what is in force."""
    result = run_cli("policy", "check")
    assert result.exit_code == 0, result.stderr
    assert "All is well" in result.stdout


def test_a_failing_case_is_a_fault(tmp_path: Path) -> None:
    """A rule that does not do what its owner meant must stop a release."""
    pack = tmp_path / "tiny.yaml"
    pack.write_text(PACK.replace("EXPECT", "deny"), encoding="utf-8")
    result = run_cli("policy", "check", str(pack))
    assert result.exit_code == 4
    assert "one euro" in result.stderr
    pack.write_text(PACK.replace("EXPECT", "allow"), encoding="utf-8")
    assert run_cli("policy", "check", str(tmp_path)).exit_code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pack: x\nrules: [", "broken.yaml:"),
        (PACK.replace("EXPECT", "allow").replace("effect: allow", "efect: allow"), "did you mean 'effect'"),
        (PACK.replace("EXPECT", "allow").replace("refunds.issue]", "refunds.isue]"), "did you mean 'refunds.issue'"),
        (PACK.replace("EXPECT", "allow").replace("<= 100", "<= ("), "cannot be used"),
    ],
)
def test_a_broken_pack_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    """Half of the rules would be worse than none."""
    (tmp_path / "broken.yaml").write_text(text, encoding="utf-8")
    result = run_cli("policy", "check", str(tmp_path / "broken.yaml"))
    assert result.exit_code == 4
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_a_missing_pack_is_said() -> None:
    """A typo in a path must not check the default packs instead."""
    result = run_cli("policy", "check", "nowhere.yaml")
    assert result.exit_code == 4
    assert "nowhere.yaml" in result.stderr


def test_the_default_packs_pass_strictly() -> None:
    """What ships has no gaps."""
    result = run_cli("policy", "test", "--strict")
    assert result.exit_code == 0, result.stderr
    assert "NUMBERS TOLD APART" in result.stdout


def test_gaps_are_errors_only_where_that_is_wanted(tmp_path: Path) -> None:
    """An owner may begin with few cases; a release may not."""
    pack = tmp_path / "tiny.yaml"
    pack.write_text(PACK.replace("EXPECT", "allow"), encoding="utf-8")
    lenient = run_cli("policy", "test", str(pack), "--boundaries")
    assert lenient.exit_code == 0, lenient.stderr
    assert "101: deny by default.deny" in lenient.stdout
    strict = run_cli("policy", "test", str(pack), "--strict")
    assert strict.exit_code == 4
    assert "no case would notice if it were 101" in strict.stderr
    report = json.loads(run_cli("--json", "policy", "test", str(pack)).stdout)
    assert report["boundaries"][0]["unnoticed"] == [101]
    assert report["rules"][0]["gaps"] == ["never holds back"]


def test_a_failing_case_fails_the_test_too(tmp_path: Path) -> None:
    """Like `policy check`."""
    pack = tmp_path / "tiny.yaml"
    pack.write_text(PACK.replace("EXPECT", "deny"), encoding="utf-8")
    result = run_cli("policy", "test", str(pack))
    assert result.exit_code == 4
    assert "one euro" in result.stderr


def test_a_difference_has_its_exit_code(tmp_path: Path) -> None:
    """CI asks whether a pack became looser, and gets the call that shows it."""
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text(PACK.replace("EXPECT", "allow"), encoding="utf-8")
    new.write_text(PACK.replace("EXPECT", "allow").replace("<= 100", "<= 150"), encoding="utf-8")
    looser = run_cli("policy", "diff", str(old), str(new), "--exit-code")
    assert looser.exit_code == 8, looser.stderr
    assert "threshold args.amount_minor <= 1.00 EUR -> 1.50 EUR" in looser.stdout
    assert "deny to allow: refunds.issue 1.01 EUR" in looser.stdout
    stricter = run_cli("--json", "policy", "diff", str(new), str(old), "--exit-code")
    assert stricter.exit_code == 9
    assert json.loads(stricter.stdout)["looser"] is False
    assert run_cli("policy", "diff", str(old), str(old), "--exit-code").exit_code == 0
    assert run_cli("policy", "diff", str(old), str(tmp_path / "none.yaml")).exit_code == 4
