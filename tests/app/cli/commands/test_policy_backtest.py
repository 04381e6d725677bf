"""`policy backtest` on a data folder in which something happened."""

import json
from pathlib import Path

import pytest
from command_line import Cli
from countersign.policies.rules.loader import DEFAULT_PACKS


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Support's rules with ten times the limit for refunds without a signature."""
    text = (DEFAULT_PACKS / "support.yaml").read_text(encoding="utf-8")
    looser = tmp_path_factory.mktemp("packs") / "support.yaml"
    looser.write_text(text.replace("minor <= 10000\n", "minor <= 50000\n").replace("minor > 10000 ", "minor > 50000 "))
    return looser


def test_loosening_is_found_and_fails(cli: Cli, packs: Path) -> None:
    """CI must stop a pack that lets through what a person looked at."""
    assert cli("ask", "refund order 8841", user="mara.voss").exit_code == 0
    result = cli("policy", "backtest", str(packs), "--since", "30d", user="olga.reis")
    assert result.exit_code == 8, result.stdout + result.stderr
    assert "review to allow: 1, 389.00 EUR in all" in result.stdout
    found = json.loads(cli("--json", "policy", "backtest", str(packs), user="olga.reis").stdout)
    assert found["flips"][0]["tool"] == "refunds.issue"
    assert found["flips"][0]["thread"].startswith("halden-birch/mara.voss/")


def test_the_packs_in_force_change_nothing(cli: Cli) -> None:
    """What the log keeps is enough to come to the same decisions."""
    cli("ask", "refund order 8841", user="mara.voss")
    result = cli("policy", "backtest", str(DEFAULT_PACKS), user="olga.reis")
    assert result.exit_code == 0, result.stdout + result.stderr
    assert "None of them would go otherwise" in result.stdout


def test_only_readers_of_the_log_may(cli: Cli, packs: Path) -> None:
    """A backtest shows what everybody asked for."""
    result = cli("policy", "backtest", str(packs), user="mara.voss")
    assert result.exit_code == 3
    assert result.stdout == ""


def test_a_span_that_is_none_is_said(cli: Cli, packs: Path) -> None:
    """A misread span would test nothing and say that all is well."""
    result = cli("policy", "backtest", str(packs), "--since", "30 days", user="olga.reis")
    assert result.exit_code == 2
    assert "30m, 4h or 2d" in result.stderr
