"""Masked values from the command line: kept as tokens, shown to those who may see them, erased by those who may."""

import json
from pathlib import Path

from command_line import Cli
from countersign.policies.filters.tokens import find_tokens

IBAN = "AT61 1904 3002 3457 3201"
PLAIN = IBAN.replace(" ", "")


def test_a_value_in_a_note_is_masked_and_can_be_erased(cli: Cli, home: Path) -> None:
    """Memory keeps the token; erasing needs a role, kills the token, and is in the log without the value."""
    assert cli("memory", "add", f"The hall is paid from {IBAN}.", "--for", "org", user="mara.voss").exit_code == 0
    found = cli("memory", "search", "who pays the hall", "--kind", "note", "--json", user="mara.voss").stdout
    assert PLAIN not in found
    assert IBAN not in found
    (token,) = find_tokens(found)
    assert cli("vault", "forget", "iban", "--yes", user="tom.adler", input=IBAN).exit_code == 3
    assert cli("vault", "forget", "shoe", user="pia.lorenz", input=IBAN).exit_code == 2
    assert cli("vault", "forget", "iban", user="pia.lorenz", input="").exit_code == 2
    erased = cli("vault", "forget", "iban", "--json", user="pia.lorenz", input=IBAN.lower())
    assert json.loads(erased.stdout) == {"kind": "iban", "erased": 1}
    again = cli("vault", "forget", token, "--json", user="pia.lorenz")
    assert json.loads(again.stdout)["erased"] == 0
    log = cli("audit", "show", "--kind", "vault.erased", "--json", user="olga.reis").stdout
    assert [record["actor"] for record in json.loads(log)] == ["pia.lorenz", "pia.lorenz"]
    assert not [path for path in home.rglob("*") if path.is_file() and PLAIN.encode() in path.read_bytes()]


def test_a_review_shows_the_account_to_those_who_sign(cli: Cli) -> None:
    """Whoever signs for an account reads it; an auditor of other things reads a token."""
    cli("ask", f"change the bank details of SUP-019 to {IBAN}", user="lena.brandt")
    listed = json.loads(cli("reviews", "list", "--json", user="karl.weiss").stdout)
    review = next(item for item in listed if item["tool"] == "suppliers.change_bank")
    assert review["args"]["iban"] == PLAIN
    assert PLAIN in cli("reviews", "show", review["review_id"], user="karl.weiss").stdout
    assert PLAIN in cli("reviews", "list", user="karl.weiss").stdout.replace("\n", "")
