"""First use of the company's database: complete or absent, once, and never over something else."""

import os
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from countersign.policies.errors import StorageError
from countersign.tools.connectors.sql.sql_records import SqlRecords
from countersign.tools.sample_company.schema.record_kinds import COMPANY_SCHEMA
from countersign.tools.sample_company.store.database import open_company
from process_group import run_together

TODAY = date(2026, 3, 16)

_RACER = """
import sys
from contextlib import closing
from datetime import date
from countersign.tools.sample_company.store.database import open_company
sys.stdout.write("ready\\n"); sys.stdout.flush()
sys.stdin.readline()
records = open_company(sys.argv[1], today=date(2026, 3, 16))
print(records.count("order"), records.count("invoice_line"), records.insert("note", {
    "about_kind": "order", "about_id": "ORD-8841", "author": "mara.voss", "body": sys.argv[2],
    "at": __import__("datetime").datetime(2026, 3, 16, 9, tzinfo=__import__("datetime").UTC)}))
"""


def test_two_processes_at_once_make_one_complete_company(tmp_path: Path) -> None:
    """A second creator that replaces the file would throw away what the first has already written."""
    url = f"sqlite:///{tmp_path / 'company.db'}"
    outputs = [said.split() for said in run_together([["-c", _RACER, url, name] for name in ("first", "second")])]
    assert outputs[0][:2] == outputs[1][:2]
    assert outputs[0][0] == "3000"
    assert {out[2] for out in outputs} == {"NOT-0121", "NOT-0122"}
    with closing(SqlRecords(url, COMPANY_SCHEMA)) as records:
        notes = records.find("note", where={"about_id": "ORD-8841"})
    assert {note["body"] for note in notes} == {"first", "second"}
    assert not list(tmp_path.glob("*.part*"))


def test_an_existing_company_is_left_alone(tmp_path: Path) -> None:
    """Opening with another seed or day must not rebuild a database that people have worked in."""
    url = f"sqlite:///{tmp_path / 'company.db'}"
    open_company(url, seed=7, today=TODAY).close()
    with closing(open_company(url, seed=8, today=date(2030, 1, 1))) as again:
        assert again.company().today == TODAY
        assert again.company().tenant == "halden-birch"


def test_a_build_that_broke_off_leaves_no_half_company(tmp_path: Path) -> None:
    """What a killed build left behind is not the company; the next one starts anew."""
    (tmp_path / "company.db.part").write_bytes(b"half")
    with closing(open_company(f"sqlite:///{tmp_path / 'company.db'}", today=TODAY)) as records:
        assert records.count("contract") == 60


def test_others_on_the_machine_cannot_read_the_file(tmp_path: Path) -> None:
    """The company holds personal data and bank details."""
    path = tmp_path / "company.db"
    with closing(open_company(f"sqlite:///{path}", today=TODAY)) as records:
        records.update("ticket", "1", {"priority": "low"}, {"id": "TCK-0001"})
        files = [*tmp_path.glob("company.db"), *tmp_path.glob("company.db-*")]
        assert {file.stat().st_mode & 0o077 for file in files} == {0}


def test_the_default_day_is_stored(tmp_path: Path) -> None:
    """Tools take today from the company; it must not drift away from its own dates."""
    with closing(open_company(f"sqlite:///{tmp_path / 'deep' / 'company.db'}")) as records:
        newest = records.find("order", order_by="-ordered_on", limit=1)[0]
        assert (records.company().today - newest["ordered_on"]).days == 1


@pytest.mark.parametrize("content", [b"this is a text file, not a database" * 100, b"SQLite format 3\x00" + b"x" * 500])
def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    """A mistyped path must not cost somebody a file."""
    path = tmp_path / "precious.txt"
    path.write_bytes(content)
    with pytest.raises(StorageError, match=r"precious\.txt"):
        open_company(f"sqlite:///{path}")
    assert path.read_bytes() == content


def test_a_foreign_database_is_refused_and_kept(tmp_path: Path) -> None:
    """Somebody's own SQLite file gets no tables of ours."""
    path = tmp_path / "own.db"
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE mine (x)")
    raw.close()
    with pytest.raises(StorageError, match="does not hold the tables"):
        open_company(f"sqlite:///{path}")
    with sqlite3.connect(path) as raw:
        assert raw.execute("SELECT name FROM sqlite_master").fetchall() == [("mine",)]
    raw.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_gives_a_clear_error(tmp_path: Path) -> None:
    """The message must name the file and the cause, not show a stack of calls."""
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match="cannot be created"):
        open_company(f"sqlite:///{tmp_path / 'company.db'}")


def test_a_folder_in_the_way_gives_a_clear_error(tmp_path: Path) -> None:
    """The same as above where permissions do not help: a folder stands where the file should be."""
    (tmp_path / "company.db").mkdir()
    with pytest.raises(StorageError, match="cannot be created"):
        open_company(f"sqlite:///{tmp_path / 'company.db'}")


@pytest.mark.parametrize("url", ["", "no url", "sqlite:/x", "nosuchdb://host/x"])
def test_a_bad_url_is_refused(url: str) -> None:
    """A mistyped URL must not end in a stack trace."""
    with pytest.raises(StorageError):
        open_company(url)


def test_a_missing_file_is_not_created_by_reading(tmp_path: Path) -> None:
    """Without creation, SQLite would quietly make an empty file that later looks like a damaged company."""
    path = tmp_path / "absent.db"
    with pytest.raises(StorageError, match="There is no database at"):
        SqlRecords(f"sqlite:///{path}", COMPANY_SCHEMA)
    assert not path.exists()
