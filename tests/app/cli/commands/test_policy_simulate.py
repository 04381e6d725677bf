"""`policy simulate`: a question to policy that leaves no trace."""

import json
from pathlib import Path

import pytest
from command_line import Cli

CALL = ("policy", "simulate", "refunds.issue", "order_id=ORD-8841", "currency=EUR", "reason=late")

NOSY = """
pack: nosy
version: "1"
owner: boss
description: A pack that tells what it should not.
rules:
  - id: nosy.all
    description: Everything is allowed.
    owner: boss
    source: it-handbook#2.1
    tools: [payments.release]
    effect: allow
    reason: The supplier is {records.invoice.supplier_id}.
"""


def test_a_call_is_judged_with_the_real_records_and_nothing_is_written(cli: Cli) -> None:
    """A simulation that left a decision or a ledger row would pollute the evidence."""
    before = cli("--json", "audit", "show", user="olga.reis").stdout
    small = cli(*CALL, "amount_minor=1000", user="mara.voss")
    assert small.exit_code == 0, small.stderr
    assert "refunds.issue for mara.voss: allow" in small.stdout
    large = json.loads(cli("--json", *CALL, "amount_minor=12000", user="mara.voss").stdout)
    assert large["decision"]["rules"] == ["support.refund.medium"]
    assert "rules" not in large
    assert cli("--json", "audit", "show", user="olga.reis").stdout == before


def test_auditors_simulate_for_others_and_see_the_values(cli: Cli) -> None:
    """A policy owner asks for whom a rule bites; what the rules look at is not for everybody."""
    shown = cli(*CALL, "amount_minor=12000", "--user", "mara.voss", "--detail", user="olga.reis")
    assert "args.amount_minor = 12000" in shown.stdout
    found = json.loads(
        cli("--json", *CALL, "amount_minor=1", "--user", "mara.voss", "--detail", user="olga.reis").stdout
    )
    assert found["rules"][0]["values"]["args.amount_minor"].startswith("1 ")
    for words in (("--user", "tom.adler"), ("--detail",)):
        assert cli(*CALL, "amount_minor=1", *words, user="mara.voss").exit_code == 3


def test_packs_of_ones_own_show_no_records(cli: Cli, tmp_path: Path) -> None:
    """A reason may name any field of a record; whoever may not read it must not write the reason either."""
    pack = tmp_path / "nosy.yaml"
    pack.write_text(NOSY, encoding="utf-8")
    words = ("policy", "simulate", "payments.release", "invoice_id=INV-1042", "--packs", str(pack))
    assert cli(*words, user="mara.voss").exit_code == 3
    assert "The supplier is SUP-" in cli(*words, user="olga.reis").stdout


def test_records_of_a_file_take_the_place_of_the_real_ones(cli: Cli, tmp_path: Path) -> None:
    """What if the order were still on its way? The real one was delivered."""
    order = {"status": "shipped", "days_since_delivery": -1, "placed_by": None, "currency": "EUR"}
    file = tmp_path / "records.json"
    given = {"order": {**order, "refundable_minor": 9000}, "customer": {"refunds_90d": 0}}
    file.write_text(json.dumps(given), encoding="utf-8")
    found = json.loads(cli("--json", *CALL, "amount_minor=100", "--records", str(file), user="mara.voss").stdout)
    assert found["decision"]["rules"] == ["support.refund.not_received"]
    file.write_text("[]", encoding="utf-8")
    assert cli(*CALL, "amount_minor=100", "--records", str(file), user="mara.voss").exit_code == 2


def test_untrusted_arguments_go_to_a_person(cli: Cli) -> None:
    """The question an owner asks most: what if the amount came from the ticket?"""
    result = cli(*CALL, "amount_minor=1000", "--untrusted", "amount_minor", user="mara.voss")
    assert "for mara.voss: review" in result.stdout
    assert cli(*CALL, "amount_minor=1000", "--untrusted", "amount", user="mara.voss").exit_code == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("refunds.isue",), "did you mean 'refunds.issue'?"),
        (("refunds.issue", "amount_mino=1"), "did you mean 'amount_minor'?"),
        (("refunds.issue", "amount_minor"), "write key=value"),
        (("refunds.issue", "amount_minor=1.5"), "amount_minor"),
    ],
)
def test_what_cannot_be_asked_is_said(cli: Cli, words: tuple[str, ...], said: str) -> None:
    """A misspelt argument must not be judged as if it were missing."""
    result = cli("policy", "simulate", *words, user="mara.voss")
    assert result.exit_code == 2
    assert said in result.stderr


def test_values_are_masked_as_in_earnest_and_not_kept(cli: Cli) -> None:
    """An account number in a question must come to the same answer, and must not stay anywhere."""
    iban = "DE89370400440532013000"
    words = ("suppliers.change_bank", "supplier_id=SUP-0001", f"iban={iban}")
    result = cli("policy", "simulate", *words, user="lena.brandt")
    assert result.exit_code == 0, result.stderr
    assert "for lena.brandt: review" in result.stdout
    assert iban not in result.stdout
    again = cli("--json", "policy", "simulate", *words, user="lena.brandt")
    token = json.loads(again.stdout)["args"]["iban"]
    assert token.startswith("<") or iban not in token
    lost = cli("policy", "simulate", *words[:2], f"iban={token}", user="lena.brandt")
    assert "stands for nothing" in lost.stdout + lost.stderr
