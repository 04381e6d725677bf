"""The inbox: the right person sees and answers the right review, once, and nobody else."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from command_line import Cli
from data_folder import open_door, orders

_threads = iter(range(1000))


@pytest.fixture
def review(cli: Cli) -> Iterator[dict[str, Any]]:
    """A refund by Mara that waits for a support manager."""
    turn = json.loads(
        cli("ask", "refund order 8841", "--thread", f"t{next(_threads)}", "--json", user="mara.voss").stdout
    )
    waiting: dict[str, Any] = turn["pending"][0]
    yield waiting
    cli("reviews", "withdraw", waiting["review_id"], user="mara.voss")


def test_the_inbox_says_whose_turn_it_is(cli: Cli, review: dict[str, Any]) -> None:
    """The manager sees work, the requester sees that she waits, others see nothing."""
    for user, said in (("tom.adler", "yes"), ("mara.voss", "your request"), ("mara.voss.admin", "no")):
        line = next(
            line
            for line in cli("reviews", "list", user=user).stdout.splitlines()
            if line.startswith(review["review_id"])
        )
        assert line.split(maxsplit=1)[1].startswith(said)
    assert review["review_id"] not in cli("reviews", "list", user="karl.weiss").stdout
    listed = json.loads(cli("reviews", "list", "--json", user="tom.adler").stdout)
    assert review["review_id"] in [item["review_id"] for item in listed]


def test_showing_by_prefix(cli: Cli, review: dict[str, Any]) -> None:
    """What would be signed, in words."""
    shown = cli("reviews", "show", review["review_id"][:9], user="tom.adler")
    assert shown.exit_code == 0, shown.stderr
    assert f"{review['money']['amount_minor']} ({review['args']['amount_minor']})" in shown.stdout
    assert "support.refund.medium" in shown.stdout
    may = next(line for line in shown.stdout.splitlines() if "May answer" in line)
    assert "tom.adler" in may
    assert "mara.voss" not in may


def test_an_approval_runs_it_and_is_final(cli: Cli) -> None:
    """The second answer, however it comes, changes nothing."""
    turn = json.loads(cli("ask", "refund order 8945", "--thread", "once", "--json", user="mara.voss").stdout)
    review_id = turn["pending"][0]["review_id"]
    done = cli("reviews", "approve", review_id, user="tom.adler")
    assert done.exit_code == 0, done.stderr
    assert "refunds.issue: done" in done.stdout
    again = cli("reviews", "approve", review_id, user="tom.adler")
    assert again.exit_code == 2
    assert "already" in again.stderr
    assert "Refunded" in cli("history", "--thread", "once", user="mara.voss").stdout


def test_nobody_signs_their_own_request(cli: Cli, review: dict[str, Any]) -> None:
    """Neither directly nor by a second account; and the attempt is in the log."""
    for user in ("mara.voss", "mara.voss.admin"):
        result = cli("reviews", "approve", review["review_id"], user=user)
        assert result.exit_code == 3
        assert "separation of duties" in result.stderr
    log = cli("audit", "show", "--kind", "review.refused", "--json", user="olga.reis")
    assert {record["actor"] for record in json.loads(log.stdout)} >= {"mara.voss", "mara.voss.admin"}


def test_who_has_not_the_role_is_refused(cli: Cli, review: dict[str, Any]) -> None:
    """With the whole id the refusal is recorded; with a part of it there is nothing to find."""
    assert cli("reviews", "approve", review["review_id"], user="karl.weiss").exit_code == 3
    assert cli("reviews", "approve", review["review_id"][:8], user="karl.weiss").exit_code == 2
    assert cli("reviews", "show", review["review_id"], user="karl.weiss").exit_code == 2


def test_a_rejection_needs_a_reason_and_reaches_the_requester(cli: Cli) -> None:
    """`no` alone helps nobody."""
    turn = json.loads(cli("ask", "refund order 8841", "--thread", "rejected", "--json", user="mara.voss").stdout)
    review_id = turn["pending"][0]["review_id"]
    assert cli("reviews", "reject", review_id, user="tom.adler").exit_code == 2
    assert cli("reviews", "reject", review_id, " ", user="tom.adler").exit_code == 2
    result = cli("reviews", "reject", review_id, "wrong order", user="tom.adler")
    assert result.exit_code == 0, result.stderr
    assert "wrong order" in cli("history", "--thread", "rejected", user="mara.voss").stdout


def test_a_response_stands_in_for_the_result(cli: Cli) -> None:
    """A reviewer may answer instead of signing."""
    turn = json.loads(cli("ask", "refund order 8841", "--thread", "answered", "--json", user="mara.voss").stdout)
    result = cli("reviews", "respond", turn["pending"][0]["review_id"], "send a voucher", "--json", user="tom.adler")
    assert json.loads(result.stdout)["state"] == "answered"
    assert "send a voucher" in cli("history", "--thread", "answered", user="mara.voss").stdout


def test_changes_are_asked_for_and_made(cli: Cli) -> None:
    """The requester is told what to change; the reviewer sees at the second look what was asked at the first."""
    turn = json.loads(cli("ask", "refund order 8841", "--thread", "rework", "--json", user="mara.voss").stdout)
    review_id = turn["pending"][0]["review_id"]
    assert cli("reviews", "request-changes", review_id, user="tom.adler").exit_code == 2
    assert cli("reviews", "request-changes", review_id, " ", user="tom.adler").exit_code == 2
    assert cli("reviews", "request-changes", review_id, "less", user="karl.weiss").exit_code == 3
    back = cli("reviews", "request-changes", review_id[:12], "half of it, please", user="tom.adler")
    assert back.exit_code == 0, back.stderr
    assert "is sent back for changes" in back.stdout
    assert "mara.voss is asked what to change" in back.stdout
    assert "half of it, please" in cli("history", "--thread", "rework", user="mara.voss").stdout
    again = json.loads(cli("ask", "make it 210 EUR", "--thread", "rework", "--json", user="mara.voss").stdout)
    second = again["pending"][0]
    assert (second["revises"], second["rework"]) == (review_id, 1)
    shown = cli("reviews", "show", second["review_id"], user="tom.adler").stdout
    assert f"Revision 2 of {review_id}; you asked: half of it, please" in shown
    assert "order.order_id = ORD-8841" in shown
    assert "order.order_id" not in cli("reviews", "show", second["review_id"], user="mara.voss").stdout
    assert "shown" not in second
    cli("reviews", "withdraw", second["review_id"], user="mara.voss")


def test_a_review_is_passed_on(cli: Cli, review: dict[str, Any]) -> None:
    """Whoever is asked by name sees it; nobody gains a right."""
    review_id = review["review_id"]
    for to, code in (("nobody.here", 3), ("mara.voss", 3), ("karl.weiss", 3), ("tom.adler", 3)):
        refused = cli("reviews", "delegate", review_id, to, user="tom.adler")
        assert (refused.exit_code, refused.stdout) == (code, "")
    asked = cli("reviews", "delegate", review_id[:12], "sven.pohlmann", "-m", "I am away", user="tom.adler")
    assert asked.exit_code == 0, asked.stderr
    assert "sven.pohlmann is asked now" in asked.stdout
    listed = cli("reviews", "list", user="sven.pohlmann").stdout.splitlines()
    assert "ASKED" in listed[0]
    assert "sven.pohlmann" in next(line for line in listed if line.startswith(review_id))
    record = json.loads(cli("reviews", "show", review_id, "--json", user="sven.pohlmann").stdout)
    assert (record["state"], record["asked"], record["you_may_answer"]) == ("open", ["sven.pohlmann"], True)


def test_what_nobody_answered_stands_first_and_apart(cli: Cli, home: Path) -> None:
    """A request that everybody forgot must not sink under new ones."""
    earlier = datetime.now(UTC) - timedelta(days=3)
    with open_door(home, now=lambda: earlier) as assistant:
        late = assistant.send("refund order 8841", as_user="mara.voss", thread="forgotten").pending[0].review_id
    cli("ask", "refund order 8945", "--thread", "fresh", user="mara.voss")
    first = cli("reviews", "list", user="tom.adler").stdout.splitlines()[1]
    assert first.startswith(late)
    assert "OVERDUE" in first
    only = json.loads(cli("reviews", "list", "--overdue", "--json", user="tom.adler").stdout)
    assert [(item["review_id"], item["overdue"], item["escalated_to"]) for item in only] == [
        (late, True, ["controller"])
    ]
    assert "Nothing is overdue." in cli("reviews", "list", "--overdue", user="noah.lind").stdout
    assert cli("reviews", "list", "--overdue", "--closed", user="tom.adler").exit_code == 2
    talk = cli("chat", user="karl.weiss", input="/quit\n").stderr
    assert "1 (1 overdue) for you" in talk
    for waiting in json.loads(cli("reviews", "list", "--json", user="mara.voss").stdout):
        cli("reviews", "withdraw", waiting["review_id"], "-m", "done by phone", user="mara.voss")
    log = cli("reviews", "show", late, user="tom.adler").stdout
    assert "mara.voss as requester, took it back" in log
    assert "done by phone" in log


@pytest.mark.parametrize("command", ["request-changes", "delegate", "withdraw", "approve", "list"])
def test_each_command_has_an_example(cli: Cli, command: str) -> None:
    """Help without an example helps half."""
    assert f"reviews {command}" in cli("reviews", command, "--help").stdout.replace("\n", " ").split("Example", 1)[1]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--set", "amount_minor=45.00"],
        ["--set", "amount=45"],
        ["--args", "{"],
        ["--args", "[]"],
        ["--args", '{"order_id": "ORD-8841", "amount_minor": 45.5, "currency": "EUR", "reason": "x"}'],
        ["--set", "amount_minor=1", "--args", "{}"],
    ],
)
def test_a_bad_edit_changes_nothing(cli: Cli, review: dict[str, Any], arguments: list[str]) -> None:
    """A mistyped amount must leave the review open as it was."""
    result = cli("reviews", "edit", review["review_id"], *arguments, user="tom.adler")
    assert result.exit_code == 2, result.stdout
    assert "Traceback" not in result.stderr
    shown = json.loads(cli("reviews", "show", review["review_id"], "--json", user="tom.adler").stdout)
    assert shown["state"] == "open"


def test_an_edit_is_decided_again_and_runs_as_edited(cli: Cli) -> None:
    """What was signed is what runs: the edited amount, not the first one."""
    turn = json.loads(cli("ask", "refund order 8841", "--thread", "edited", "--json", user="mara.voss").stdout)
    review_id = turn["pending"][0]["review_id"]
    result = cli("reviews", "edit", review_id, "--set", "amount_minor=5000", user="tom.adler")
    assert result.exit_code == 0, result.stderr
    assert "→ 5000" in result.stdout
    assert "50.00" in cli("history", "--thread", "edited", user="mara.voss").stdout


def test_only_the_requester_withdraws(cli: Cli, review: dict[str, Any]) -> None:
    """A manager rejects; taking back is the requester's."""
    assert cli("reviews", "withdraw", review["review_id"], user="tom.adler").exit_code == 3
    result = cli("reviews", "withdraw", review["review_id"], user="mara.voss")
    assert result.exit_code == 0, result.stderr
    listed = cli("reviews", "list", "--closed", user="mara.voss").stdout
    assert any(line.startswith(review["review_id"]) and "withdrawn" in line for line in listed.splitlines())


def test_a_decision_is_explained_to_three_readers(cli: Cli, review: dict[str, Any]) -> None:
    """The requester learns why; conditions and records are for those who sign or audit."""
    review_id = review["review_id"]
    told = cli("policy", "explain", review_id, user="mara.voss")
    amount = review["money"]["amount_minor"]
    assert amount in told.stdout
    assert "args.amount_minor" not in told.stdout
    assert cli("policy", "explain", review_id, "--for", "auditor", user="mara.voss").exit_code == 3
    assert cli("policy", "explain", review_id, user="karl.weiss").exit_code == 2
    audited = cli("policy", "explain", review_id, "--for", "auditor", user="olga.reis")
    assert f"args.amount_minor = {review['args']['amount_minor']} ({amount})" in audited.stdout
    officer = cli("policy", "explain", review_id, "--for", "compliance", "--json", user="tom.adler")
    assert json.loads(officer.stdout)["rules"][0]["section"] == "support-handbook#3.2"


def test_what_if_from_a_file(cli: Cli, tmp_path: Path) -> None:
    """A policy owner asks what the rules would say, and nothing happens."""
    proposal = tmp_path / "proposal.json"
    given = {
        "tool": "refunds.issue",
        "user": "mara.voss",
        "args": {"order_id": "ORD-1", "amount_minor": 5000, "currency": "EUR", "reason": "x"},
        "records": {
            "order": {
                "status": "delivered",
                "days_since_delivery": 5,
                "refundable_minor": 9000,
                "placed_by": None,
                "currency": "EUR",
            },
            "customer": {"refunds_90d": 0},
        },
        "scores": {"fraud": 5},
    }
    proposal.write_text(json.dumps({**given, "scores": {}}), encoding="utf-8")
    paused = json.loads(cli("policy", "explain", str(proposal), "--json", user="pia.lorenz").stdout)
    assert paused["verdict"] == "review"
    assert "as if the model were paused" in paused["notes"][-1]
    proposal.write_text(json.dumps(given), encoding="utf-8")
    result = cli("policy", "explain", str(proposal), "--json", user="pia.lorenz")
    assert json.loads(result.stdout)["verdict"] == "allow", result.stderr
    proposal.write_text(json.dumps({**given, "history": {"refunded_on_order": 9000}}), encoding="utf-8")
    past = cli("policy", "explain", str(proposal), "--json", user="pia.lorenz")
    assert json.loads(past.stdout)["verdict"] == "review", past.stderr
    assert cli("policy", "explain", str(proposal), user="mara.voss").exit_code == 0
    assert cli("policy", "explain", str(proposal), user="tom.adler").exit_code == 3
    for bad in ("{", "[]", '{"tool": "x"}', '{"tool": "x", "args": {"a": 1.5}}', '{"tool": "x", "args": {}, "y": 1}'):
        proposal.write_text(bad, encoding="utf-8")
        refused = cli("policy", "explain", str(proposal), user="pia.lorenz")
        assert refused.exit_code == 2, bad
        assert "proposal.json" in refused.stderr


def test_reviews_alone_is_their_list(cli: Cli) -> None:
    """The shortest thing to type is what is wanted most; what cannot be meant is said."""
    for options in ((), ("--overdue",), ("--closed",)):
        short, long = (cli("--json", "reviews", *words, *options, user="tom.adler") for words in ((), ("list",)))
        assert short.exit_code == 0
        assert short.stdout == long.stdout
    assert cli("reviews", "--closed", "show", "REV-1", user="tom.adler").exit_code == 2


def test_several_are_approved_at_once_and_each_is_signed(cli: Cli, home: Path) -> None:
    """What one message asked for waits together and can be answered together; a slip in one id signs none of them."""
    one, two = orders(home, 15_000, 60_000)[-2:]
    asked = cli("ask", f"refund order {one} and refund order {two}", "--thread", "both", "--json", user="mara.voss")
    waiting = [review["review_id"] for review in json.loads(asked.stdout)["pending"]]
    assert len(waiting) == 2
    assert cli("reviews", "approve", *waiting, "REV-000000000000", user="tom.adler").exit_code == 2
    assert json.loads(cli("reviews", "show", waiting[0], "--json", user="tom.adler").stdout)["signatures"] == []
    done = cli("reviews", "approve", *waiting, "--json", user="tom.adler")
    assert done.exit_code == 0, done.stderr
    records = json.loads(done.stdout)
    assert [(record["state"], len(record["signatures"])) for record in records] == [("approved", 1)] * 2
    again = cli("reviews", "approve", *waiting, user="tom.adler")
    assert (again.exit_code, "None of them was signed" in again.stderr) == (2, True)
    assert records[-1]["results"][0]["status"] == "done"
    refunds = "SELECT COUNT(*) FROM refunds WHERE order_id IN (?, ?)"
    with closing(sqlite3.connect(home / "company.db")) as company:
        assert company.execute(refunds, (one, two)).fetchone() == (2,)
