"""The ledger on the command line: what was done, for those who may see it."""

import json

from command_line import Cli


def test_one_sees_ones_own_and_auditors_see_all(cli: Cli) -> None:
    """What was paid is nobody else's business, except the auditor's."""
    turn = json.loads(cli("ask", "refund order 8841", "--thread", "effects", "--json", user="mara.voss").stdout)
    review = turn["pending"][0]["review_id"]
    assert cli("reviews", "approve", review, user="tom.adler").exit_code == 0
    (mine,) = json.loads(cli("effects", "list", "--json", user="mara.voss").stdout)
    assert (mine["tool"], mine["state"], mine["grant"]) == ("refunds.issue", "succeeded", review)
    assert json.loads(cli("effects", "list", "--json", user="karl.weiss").stdout) == []
    assert mine["digest"][:12] in cli("effects", "list", user="olga.reis").stdout
    shown = cli("effects", "show", mine["digest"][:8], user="olga.reis")
    assert shown.exit_code == 0, shown.stderr
    assert f"grant: {review}" in shown.stdout


def test_what_cannot_be_found_is_said(cli: Cli) -> None:
    """An auditor with a wrong number must not think that nothing happened."""
    for digest, said in (("abc", "too short"), ("0123456789", "There is no call")):
        found = cli("effects", "show", digest, user="olga.reis")
        assert found.exit_code == 2
        assert said in found.stderr
    assert "Nothing is in doubt" in cli("effects", "list", "--doubt", user="olga.reis").stdout
