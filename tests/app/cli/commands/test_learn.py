"""Learning on the command line: what people answered becomes examples, and everybody sees how the models stand."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from command_line import Cli
from data_folder import MARA, TOM, open_door
from learning_loop import PEOPLE, example, fresh, weaken

SHOWN = "ORD-8841"


@pytest.fixture(scope="module")
def rejected(home: Path) -> str:
    """A refund that a manager rejected as fraud; the review's id."""
    from countersign.policies.review.review import Answer, AnswerType

    with open_door(home) as assistant:
        turn = assistant.send("refund order 8841", as_user=MARA)
        (waits,) = turn.pending
        assistant.answer(
            waits.review_id, Answer(AnswerType.REJECT, "This is fraud; the carrier has a signature."), as_user=TOM
        )
        return waits.review_id


def test_an_answer_becomes_an_example_with_who_when_and_where(cli: Cli, rejected: str) -> None:
    """What is learned must be traceable to the person and the review, and counted once."""
    for _ in range(2):
        found = json.loads(cli("learn", "examples", "--json", user="olga.reis").stdout)
    (example,) = [item for item in found["examples"] if item["source"] == rejected]
    assert (example["task"], example["case_id"], example["label"], example["kind"]) == ("fraud", SHOWN, "1", "rejected")
    assert example["person"] == TOM
    assert example["values"]["share_percent"] == "100"
    assert example["subjects"]
    assert rejected in cli("learn", "examples", "fraud", user=TOM).stdout
    assert rejected not in cli("learn", "examples", user=MARA).stdout, "others see their own answers only"


def test_the_score_stands_in_the_explanation(cli: Cli, rejected: str) -> None:
    """Who signs or audits must see what the model said, of which version, and what moved it."""
    told = cli("policy", "explain", rejected, "--for", "auditor", user="olga.reis")
    assert "scores.fraud =" in told.stdout + told.stderr
    assert "version 1 of the model" in told.stdout + told.stderr
    shown = cli("reviews", "show", rejected, user=TOM)
    assert "Model: scores.fraud =" in shown.stdout
    assert "amount of the refund = 389.00" in shown.stdout
    assert "Model:" not in cli("reviews", "show", rejected, user=MARA).stdout
    assert json.loads(cli("reviews", "show", rejected, "--json", user=MARA).stdout)["models"] == []
    asker = cli("policy", "explain", rejected, user=MARA)
    assert "scores.fraud" not in asker.stdout + asker.stderr
    assert "Since then: rejected." in asker.stdout + asker.stderr, "a settled review must not seem to wait still"


def test_status_says_how_good_each_model_is(cli: Cli, rejected: str) -> None:  # noqa: ARG001 - the house was used
    """Whoever relies on a score must see whether it is any good, and what people change."""
    found = json.loads(cli("learn", "status", "--json", user=MARA).stdout)
    assert [item["model"] for item in found["models"]] == ["fraud", "invoice_risk", "sentiment", "urgency", "routing"]
    assert all(item["version"] == 1 and not item["paused"] for item in found["models"])
    assert found["edit_rate"] == {"changed": 1, "answered": 1}
    assert "at work" in cli("learn", "status", user=MARA).stdout


def test_saying_what_a_case_was_is_for_whose_work_it_is(cli: Cli, rejected: str) -> None:  # noqa: ARG001
    """A plain word counts as one vote, and not from everybody."""
    said = cli("learn", "say", "urgency", "TCK-0456", "no", "--json", user=TOM)
    assert json.loads(said.stdout)["label"] == "0", said.stderr
    assert cli("learn", "say", "urgency", "TCK-0456", "no", user="finn.moor").exit_code != 0
    assert "There is no ticket" in cli("learn", "say", "urgency", "TCK-9999", "no", user=TOM).stderr
    assert "Say yes or no" in cli("learn", "say", "urgency", "TCK-0456", "maybe", user=TOM).stderr
    assert "There is no model" in cli("learn", "say", "mood", "TCK-0456", "no", user=TOM).stderr


def test_a_run_on_few_examples_changes_nothing_and_says_why(cli: Cli, rejected: str) -> None:  # noqa: ARG001
    """One rejection teaches nothing; who may not train is told."""
    ran = json.loads(cli("learn", "run", "fraud", "--json", user="pia.lorenz").stdout)
    assert (ran[0]["state"], ran[0]["version"]) == ("kept", 0)
    assert "different people" in ran[0]["reasons"][0]
    assert cli("learn", "run", user=MARA).exit_code == 3
    assert "nothing to go back to" in cli("learn", "rollback", "fraud", user="pia.lorenz").stderr
    assert "# The model of fraud" in cli("learn", "card", "fraud", user=MARA).stdout


def test_forgetting_a_person_reaches_what_was_learned_from_them(cli: Cli, rejected: str) -> None:
    """An erased customer must not live on in the examples."""
    assert cli("learn", "say", "urgency", "TCK-0456", "no", user=TOM).exit_code == 0
    found = json.loads(cli("learn", "examples", "--json", user="olga.reis").stdout)["examples"]
    customer = next(item for item in found if item["source"] == rejected)["subjects"][0]
    theirs = [item for item in found if customer in item["subjects"]]
    erased = json.loads(cli("memory", "forget", customer, "--json", user="pia.lorenz").stdout)
    assert erased["examples"] == len(theirs) >= 2, "the rejected refund, and the ticket of the same customer"
    left = json.loads(cli("learn", "examples", "--json", user="olga.reis").stdout)
    assert rejected not in json.dumps(left)
    assert left["doubtful"] == 0
    assert cli("audit", "verify", user="olga.reis").exit_code == 0


def test_a_new_model_is_signed_like_anything_else_and_then_in_force(cli: Cli, home: Path, rejected: str) -> None:
    """The whole way through the doors: trained by one, signed by another, in force at once, and taken back."""
    pytest.importorskip("sklearn")
    assert rejected
    with open_door(home) as assistant:
        learning = assistant.core.services.learning
        assert learning is not None
        weaken(learning.standings, datetime.now(UTC))
        now = datetime.now(UTC)
        cases = fresh(400)
        learning.examples.add(example(case, PEOPLE[n % 4], at=now) for n, case in enumerate(cases))
    (ran,) = json.loads(cli("learn", "run", "fraud", "--json", user="pia.lorenz").stdout)
    assert ran["state"] == "waits", ran
    shown = cli("reviews", "show", ran["review_id"], user=TOM)
    assert "models.adopt" in shown.stdout, shown.stderr
    assert cli("reviews", "approve", ran["review_id"], user="pia.lorenz").exit_code != 0, "nobody signs for themselves"
    signed = cli("reviews", "approve", ran["review_id"], user=TOM)
    assert signed.exit_code == 0, signed.stderr

    def version() -> int:
        return int(json.loads(cli("learn", "status", "--json", user=TOM).stdout)["models"][0]["version"])

    assert version() == 3
    assert json.loads(cli("learn", "rollback", "fraud", "--json", user="pia.lorenz").stdout)["version"] == 2
    assert version() == 2
    assert cli("audit", "verify", user="olga.reis").exit_code == 0


@pytest.mark.parametrize("command", ["status", "examples", "say", "run", "rollback", "card"])
def test_every_command_shows_an_example(cli: Cli, command: str) -> None:
    """Help without an example leaves people guessing."""
    assert f"learn {command}" in cli("learn", command, "--help").stdout


@pytest.mark.filterwarnings("ignore:subprocess .* is still running")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_training_in_the_background_runs_nothing_from_the_folder_one_is_in(cli: Cli, tmp_path: Path) -> None:
    """Somebody's folder of papers with a typer.py in it would run as us."""
    for name in ("typer", "numpy", "json"):
        (tmp_path / f"{name}.py").write_text("open('ran', 'w').close()\n")
    started = json.loads(cli("learn", "run", "fraud", "--background", "--json", user="pia.lorenz").stdout)
    log, end = Path(started["log"]), time.monotonic() + 60
    while "fraud:" not in log.read_text() and time.monotonic() < end:
        time.sleep(0.2)
    assert "fraud:" in log.read_text()
    assert not (tmp_path / "ran").exists()


def test_examples_of_no_model_are_told(cli: Cli) -> None:
    """A typing error would look like nothing learned."""
    assert cli("learn", "examples", "fruad", user="olga.reis").exit_code == 2
    assert cli("learn", "examples", "work", user="olga.reis").exit_code == 0
