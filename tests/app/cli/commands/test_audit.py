"""The log: provable by anybody, readable by those who may."""

import json
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from command_line import Cli, run_cli


@pytest.fixture(autouse=True)
def _something_happened(cli: Cli) -> None:
    """One conversation each of two people."""
    if not json.loads(cli("history", "--threads", "--json", user="mara.voss").stdout):
        cli("ask", "hello", user="mara.voss")
        cli("ask", "hello", user="lena.brandt")


def test_people_see_their_own_conversations_only(cli: Cli) -> None:
    """The log holds what everybody said; fail closed."""
    own = json.loads(cli("audit", "show", "--json", user="mara.voss").stdout)
    assert own
    assert all(record["thread"].startswith("halden-birch/mara.voss/") for record in own)
    others = cli("audit", "show", "--thread", "halden-birch/lena.brandt/default", user="mara.voss")
    assert others.exit_code == 3


@pytest.mark.parametrize("thread", ["halden-birch/mara.voss", "halden-birch/mara.voss.admin/default"])
def test_a_name_that_begins_alike_is_another(cli: Cli, thread: str) -> None:
    """`mara.voss` must not read `mara.voss.admin`: names match by whole segments."""
    assert cli("audit", "show", "--thread", thread, user="mara.voss").exit_code == 3


def test_auditors_see_everything_of_their_organisation(cli: Cli) -> None:
    """Otherwise nobody could audit."""
    seen = json.loads(cli("audit", "show", "--kind", "message", "--json", user="olga.reis").stdout)
    assert {record["actor"] for record in seen} >= {"mara.voss", "lena.brandt"}
    text = cli("audit", "show", "--thread", "halden-birch/lena.brandt/default", "--full", user="olga.reis").stdout
    assert '"text":"hello"' in text


def test_filters_and_limits(cli: Cli) -> None:
    """The newest so many, oldest first."""
    every = json.loads(cli("audit", "show", "--json", user="olga.reis").stdout)
    newest = json.loads(cli("audit", "show", "--json", "--last", "2", user="olga.reis").stdout)
    assert newest == every[-2:]
    run = every[-1]["run"]
    assert {
        item["run"] for item in json.loads(cli("audit", "show", "--json", "--run", run, user="olga.reis").stdout)
    } == {run}
    assert cli("audit", "show", "--last", "0", user="olga.reis").exit_code == 2


def test_the_whole_log_is_verified(cli: Cli) -> None:
    """No identity is needed to prove that nothing was changed."""
    result = cli("audit", "verify", "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["whole"] is True


def test_a_changed_record_is_found(home: Path, tmp_path: Path) -> None:
    """One character is enough, and the exit code says so."""
    copy = tmp_path / "copy"
    shutil.copytree(home, copy)
    with closing(sqlite3.connect(copy / "countersign.db")) as connection, connection:
        connection.execute("UPDATE audit_log SET body = replace(body, 'hello', 'hullo') WHERE kind = 'message'")
    result = run_cli("audit", "verify", home=copy)
    assert result.exit_code == 6
    assert "changed" in result.stderr
    exported = run_cli("audit", "export", str(tmp_path / "evidence.jsonl"), home=copy, user="olga.reis")
    assert exported.exit_code == 6
    assert (tmp_path / "evidence.jsonl").stat().st_size > 0


def test_an_export_is_for_auditors_and_private(cli: Cli, tmp_path: Path) -> None:
    """The file holds what everybody said; it is readable by its owner, overwrites nothing and is itself recorded."""
    target = tmp_path / "audit.jsonl"
    assert cli("audit", "export", str(target), user="mara.voss").exit_code == 3
    assert not target.exists()
    result = cli("audit", "export", str(target), user="olga.reis")
    assert result.exit_code == 0, result.stderr
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    records = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert [record["seq"] for record in records] == list(range(1, len(records) + 1))
    assert cli("audit", "export", str(target), user="olga.reis").exit_code == 2
    log = json.loads(cli("audit", "show", "--kind", "audit.exported", "--json", user="olga.reis").stdout)
    assert log[-1]["actor"] == "olga.reis"


def test_an_export_can_be_verified_elsewhere(cli: Cli) -> None:
    """What leaves the house must prove itself without the database."""
    from countersign.policies.audit.log import AuditRecord, verify_chain

    lines = cli("audit", "export", "-", user="olga.reis").stdout.splitlines()
    records = [AuditRecord(**json.loads(line)) for line in lines]
    assert verify_chain(records, (records[-1].seq, records[-1].hash)) == len(records)


def test_nothing_is_done_on_a_log_that_was_changed(home: Path, tmp_path: Path) -> None:
    """A write that cannot be recorded truthfully does not run."""
    copy = tmp_path / "copy"
    shutil.copytree(home, copy)
    with closing(sqlite3.connect(copy / "countersign.db")) as connection, connection:
        connection.execute("DELETE FROM audit_head")
    result = run_cli("ask", "refund order 8955", home=copy, user="mara.voss")
    assert result.exit_code == 6, (result.stdout, result.stderr)
    assert "Traceback" not in result.stderr
    assert run_cli("audit", "verify", home=copy).exit_code == 6
