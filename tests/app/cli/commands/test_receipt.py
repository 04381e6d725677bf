"""From an approval on the command line to a proof that somebody else checks, with two files and nothing more."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from command_line import Cli, run_cli
from countersign.policies.crypto.public_keys import load_keys
from countersign.policies.errors import Tampered
from countersign.policies.receipts.verifier import verify_receipt


@pytest.fixture(scope="module")
def proof(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the receipt of an approved refund and the public keys; written by the command line."""
    folder = tmp_path_factory.mktemp("elsewhere")
    asked = run_cli("ask", "refund order 8841", "--thread", "proof", "--json", home=home, user="mara.voss")
    review_id = json.loads(asked.stdout)["pending"][0]["review_id"]
    for args, user in (
        (("reviews", "approve", review_id, "--message", "fine"), "tom.adler"),
        (("receipt", review_id, "--out", str(folder / "receipt.json")), "mara.voss"),
        (("keys", "export", str(folder / "keys.json")), "olga.reis"),
    ):
        result = run_cli(*args, home=home, user=user)
        assert result.exit_code == 0, result.stderr
    return folder


def _verify(folder: Path, *more: str, receipt: str = "receipt.json") -> Any:
    return run_cli("verify", str(folder / receipt), "--keys", str(folder / "keys.json"), *more)


def test_a_receipt_holds_in_a_folder_with_nothing_else(proof: Path) -> None:
    """Whoever checks has no data folder and no database, and leaves nothing behind."""
    command = [sys.executable, "-m", "countersign.app", "verify", "receipt.json", "--keys", "keys.json", "--json"]
    plain = {name: value for name, value in os.environ.items() if not name.startswith("COUNTERSIGN_")}
    done = subprocess.run(command, cwd=proof, env=plain, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert (found["holds"], found["tool"], found["state"], found["effect"]) == (
        True,
        "refunds.issue",
        "approved",
        "succeeded",
    )
    assert [(item["user_id"], item["role"], item["answer"]) for item in found["signers"]] == [
        ("tom.adler", "support_manager", "approve")
    ]
    assert sorted(path.name for path in proof.iterdir()) == ["keys.json", "receipt.json"]
    assert "tom.adler as support_manager: approve" in _verify(proof).stdout


def test_one_changed_byte_anywhere_is_noticed(proof: Path, tmp_path: Path) -> None:
    """Values, names, spaces, brackets: a receipt has one spelling."""
    good = (proof / "receipt.json").read_bytes()
    keys = load_keys((proof / "keys.json").read_bytes())
    verify_receipt(good, keys)
    for place in range(0, len(good), 37):
        other = bytes([good[place] ^ (1 if good[place] != ord(" ") else 0x29)])  # a space becomes a tab: still JSON
        with pytest.raises(Tampered):
            verify_receipt(good[:place] + other + good[place + 1 :], keys)
    shutil.copy(proof / "keys.json", tmp_path)
    for place in (0, 5, len(good) // 3, len(good) // 2, len(good) - 2):
        (tmp_path / "receipt.json").write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        result = _verify(tmp_path)
        assert (result.exit_code, result.stdout) == (6, ""), place


def test_files_that_are_no_receipt_or_no_keys_are_told_apart(proof: Path, tmp_path: Path) -> None:
    """A wrong file is a mistake, not a forgery."""
    (tmp_path / "receipt.json").write_text("shopping: milk")
    shutil.copy(proof / "keys.json", tmp_path)
    assert _verify(tmp_path).exit_code == 2
    assert _verify(tmp_path, receipt="missing.json").exit_code == 2
    (tmp_path / "keys.json").write_text("{}")
    shutil.copy(proof / "receipt.json", tmp_path)
    assert "keys export" in _verify(tmp_path).stderr
    assert run_cli("verify", str(proof / "receipt.json")).exit_code == 2


def test_keys_of_another_installation_prove_nothing(proof: Path, tmp_path: Path) -> None:
    """Trust comes from the checker's keys, never from the receipt."""
    keys = json.loads((proof / "keys.json").read_text())
    shutil.copy(proof / "receipt.json", tmp_path)
    for kind in ("system", "principal"):
        rest = [key for key in keys["keys"] if key["kind"] != kind]
        (tmp_path / "keys.json").write_text(json.dumps(keys | {"keys": rest}))
        assert _verify(tmp_path).exit_code == 6


def test_receipts_are_for_those_concerned_and_of_what_has_ended(proof: Path, cli: Cli) -> None:
    """Who may not see a review gets no receipt of it; an open one has none; no file is written over."""
    review_id = json.loads((proof / "receipt.json").read_text())["review"]["review_id"]
    assert cli("receipt", review_id, user="karl.weiss").exit_code == 2
    assert cli("receipt", review_id).exit_code == 2
    printed = cli("receipt", review_id, user="olga.reis")
    verify_receipt(printed.stdout, load_keys((proof / "keys.json").read_bytes()))
    assert cli("receipt", review_id, "--out", str(proof / "receipt.json"), user="olga.reis").exit_code == 2
    turn = json.loads(cli("ask", "refund order 8945", "--thread", "open", "--json", user="mara.voss").stdout)
    waiting = cli("receipt", turn["pending"][0]["review_id"], user="mara.voss")
    assert waiting.exit_code == 2
    assert "still waits" in waiting.stderr


def test_delegations_and_withdrawals_are_proved_in_words(cli: Cli, tmp_path: Path) -> None:
    """A receipt is read by people who know no state names; the records that policy judged are not in it."""
    asked = cli("ask", "refund order 8945", "--thread", "by hand", "--json", user="mara.voss")
    review_id = json.loads(asked.stdout)["pending"][0]["review_id"]
    cli("reviews", "delegate", review_id, "sven.pohlmann", user="tom.adler")
    cli("reviews", "withdraw", review_id, "-m", "paid by hand", user="mara.voss")
    cli("keys", "export", str(tmp_path / "keys.json"), user="olga.reis")
    assert cli("receipt", review_id, "--out", str(tmp_path / "by-hand.json"), user="mara.voss").exit_code == 0
    told = cli("verify", str(tmp_path / "by-hand.json"), "--keys", str(tmp_path / "keys.json"))
    assert told.exit_code == 0, told.stderr
    assert "is withdrawn." in told.stdout
    assert "tom.adler as support_manager: asked another person" in told.stdout
    assert "mara.voss as requester: took it back" in told.stdout
    assert "refunds_90d" not in (tmp_path / "by-hand.json").read_text("utf-8")


def test_a_replaced_key_signs_on_and_old_receipts_stay_good(proof: Path, cli: Cli, tmp_path: Path) -> None:
    """After a lost laptop the next approval must work, and the former ones must stay provable."""
    done = json.loads(cli("keys", "rotate", "--reason", "lost laptop", "--json", user="tom.adler").stdout)
    assert len(done["revoked"]) == 1
    turn = json.loads(cli("ask", "refund order 8957", "--thread", "after", "--json", user="mara.voss").stdout)
    if turn["pending"]:
        assert cli("reviews", "approve", turn["pending"][0]["review_id"], user="tom.adler").exit_code == 0
    assert cli("keys", "export", str(tmp_path / "keys.json"), user="olga.reis").exit_code == 0
    shutil.copy(proof / "receipt.json", tmp_path)
    assert _verify(tmp_path).exit_code == 0
    listed = {key["key_id"]: key for key in json.loads((tmp_path / "keys.json").read_text())["keys"]}
    assert listed[done["revoked"][0]]["revoked_at"] is not None


def test_the_installations_key_is_replaced_by_its_keepers_only(proof: Path, cli: Cli, tmp_path: Path) -> None:
    """Its key seals everything; and replacing it must not break what it sealed."""
    assert cli("keys", "rotate", "--system", user="tom.adler").exit_code == 3
    people = json.loads(cli("users", "--role", "it_admin", "--json").stdout)
    done = cli("keys", "rotate", "--system", "--json", user=people[0]["user_id"])
    assert done.exit_code == 0, done.stderr
    assert len(json.loads(done.stdout)["revoked"]) == 1
    assert cli("audit", "verify").exit_code == 0
    assert cli("ask", "hello", user="mara.voss").exit_code == 0
    assert cli("audit", "verify").exit_code == 0
    assert cli("keys", "export", str(tmp_path / "keys.json"), user="olga.reis").exit_code == 0
    shutil.copy(proof / "receipt.json", tmp_path)
    assert _verify(tmp_path).exit_code == 0


@pytest.fixture
def other(home: Path, proof: Path, tmp_path: Path) -> Path:
    """A copy of the data folder once something was signed in it, for tests that damage it."""
    assert proof.exists()
    return Path(shutil.copytree(home, tmp_path / "copy"))


def _sql(home: Path, *statements: str) -> None:
    with closing(sqlite3.connect(home / "countersign.db")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


CUT = (
    "DELETE FROM audit_log WHERE seq > (SELECT max(seq) - 3 FROM audit_log)",
    "UPDATE audit_head SET (seq, hash) = (SELECT seq, hash FROM audit_log ORDER BY seq DESC LIMIT 1)",
    "DELETE FROM audit_signed_heads WHERE seq > (SELECT max(seq) FROM audit_log)",
    "UPDATE audit_head SET signed = (SELECT max(seq) FROM audit_signed_heads)",
)


def test_a_log_cut_off_with_its_heads_is_noticed_by_the_copy(other: Path) -> None:
    """Who can write to the database alone cannot take back what was recorded."""
    _sql(other, *CUT)
    result = run_cli("audit", "verify", home=other)
    assert result.exit_code == 6
    assert "removed from its end" in result.stderr


def test_a_head_kept_elsewhere_notices_what_the_whole_folder_forgets(other: Path, tmp_path: Path) -> None:
    """Who owns the data folder can set all of it back, but not a file somewhere else."""
    kept = tmp_path / "head.json"
    assert run_cli("audit", "head", str(kept), home=other).exit_code == 0
    assert run_cli("audit", "verify", "--head", str(kept), home=other).exit_code == 0
    _sql(other, *CUT)
    (other / "keys" / "head.json").unlink()
    assert run_cli("audit", "verify", "--head", str(kept), home=other).exit_code == 6
    kept.write_text("{}")
    assert run_cli("audit", "verify", "--head", str(kept), home=other).exit_code == 2


def test_a_revoked_key_cannot_be_brought_back(other: Path) -> None:
    """With the row of its end deleted a stolen key would count again; the log remembers."""
    assert run_cli("keys", "rotate", home=other, user="tom.adler").exit_code == 0
    assert run_cli("audit", "verify", home=other).exit_code == 0
    _sql(other, "DELETE FROM key_ring WHERE happened = 'revoked'")
    result = run_cli("audit", "verify", home=other)
    assert result.exit_code == 6
    assert "the end of key" in result.stderr


def test_an_approval_written_into_the_database_runs_nothing(other: Path) -> None:
    """Without the reviewer's private key a review in the state `approved` is a forgery."""
    turn = json.loads(
        run_cli("ask", "refund order 8945", "--thread", "x", "--json", home=other, user="mara.voss").stdout
    )
    review_id = turn["pending"][0]["review_id"]
    _sql(other, f"UPDATE reviews SET state = 'approved', closed_at = opened_at WHERE review_id = '{review_id}'")  # noqa: S608
    run_cli("catch-up", home=other, user="mara.voss")
    assert run_cli("receipt", review_id, home=other, user="olga.reis").exit_code == 6
    log = run_cli("audit", "show", "--kind", "effect.started", "--json", home=other, user="olga.reis")
    assert turn["run"] not in [record["run"] for record in json.loads(log.stdout)]
