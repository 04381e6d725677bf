"""`policy explain` tells all decisions of a conversation or a run, to each reader what is theirs to know."""

import json
from pathlib import Path

import pytest
from command_line import Cli, run_cli
from countersign.app.views.explanations import describe_model_scores

THREAD = "halden-birch/mara.voss/default"


@pytest.fixture(scope="module", autouse=True)
def asked(home: Path) -> None:
    """One conversation with a read that is allowed and a refund that waits."""
    words = "refund order 8841 120 EUR because it arrived damaged"
    result = run_cli("ask", words, home=home, user="mara.voss")
    assert result.exit_code == 0, result.stderr


def explained(cli: Cli, *args: str, user: str) -> dict[str, object]:
    """What is said for programs."""
    result = cli("--json", "policy", "explain", *args, user=user)
    assert result.exit_code == 0, result.stderr
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_a_conversation_is_told_decision_by_decision(cli: Cli) -> None:
    """The user is told why, in order, without what the rules looked at."""
    found = explained(cli, "default", user="mara.voss")
    told = found["decisions"]
    assert isinstance(told, list)
    assert [(item["subject"], item["verdict"]) for item in told] == [
        ("orders.get", "allow"),
        ("refunds.issue", "review"),
    ]
    assert all("rules" not in item for item in told)
    assert "support manager" in told[1]["text"]


def test_the_auditor_is_told_rules_values_and_sections(cli: Cli) -> None:
    """An auditor answers for the case; the same values as were judged are named."""
    told = explained(cli, THREAD, "--for", "auditor", user="olga.reis")["decisions"]
    assert isinstance(told, list)
    (rule,) = told[1]["rules"]
    assert rule["id"] == "support.refund.medium"
    assert rule["section"] == "support-handbook#3.2"
    assert rule["values"] == {"args.amount_minor": "12000 (120.00 EUR)"}
    officer = cli("policy", "explain", THREAD, "--for", "compliance", user="olga.reis").stdout
    assert "owned by support_manager" in officer
    assert "12000" not in officer


def test_a_run_can_be_explained_alone(cli: Cli) -> None:
    """A case may be one turn of a long conversation."""
    records = json.loads(cli("--json", "audit", "show", "--kind", "decision", user="olga.reis").stdout)
    found = explained(cli, records[-1]["run"], "--for", "auditor", user="olga.reis")
    assert found["thread"] == THREAD
    told = found["decisions"]
    assert isinstance(told, list)
    assert {item["run"] for item in told} == {records[-1]["run"]}


def test_others_are_told_nothing(cli: Cli) -> None:
    """A colleague's conversation is theirs, and so is a run of it; what rules looked at is for auditors."""
    assert cli("policy", "explain", THREAD, user="tom.adler").exit_code == 3
    run = json.loads(cli("--json", "audit", "show", "--kind", "decision", user="olga.reis").stdout)[-1]["run"]
    assert cli("policy", "explain", run, user="tom.adler").exit_code == 2
    assert cli("policy", "explain", THREAD, "--for", "auditor", user="mara.voss").exit_code == 3


def test_what_does_not_exist_is_said(cli: Cli) -> None:
    """A typo must not look like a case without decisions."""
    result = cli("policy", "explain", "nothing-here", user="olga.reis")
    assert result.exit_code == 2
    assert "No conversation or run of that name" in result.stderr


def test_what_a_paused_model_did_not_say_is_told_in_words() -> None:
    """Whoever asks why a small refund waits must learn that its model is paused, and why."""
    (paused,) = describe_model_scores({"fraud": {"paused": "AUC is 0.600, below 0.820", "values": {}}})
    assert paused == "scores.fraud was not given, and people decide: AUC is 0.600, below 0.820."
    part = {"feature": "refunds_90d", "words": "refunds of this customer within 90 days", "value": "3", "points": 21}
    (said,) = describe_model_scores({"fraud": {"version": 2, "digest": "ab" * 32, "percent": 61, "why": [part]}})
    assert said == (
        "scores.fraud = 61 % (version 2 of the model, abababababab): refunds of this customer within 90 days = 3 (+21)."
    )
