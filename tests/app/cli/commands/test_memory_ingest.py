"""``memory ingest``: files from the command line."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from command_line import Cli
from countersign.memory.ingest import pipeline
from countersign.memory.ingest.documents import MemoryDocument, store_document
from countersign.memory.memory import Memory
from countersign.policies.errors import StorageError
from patches import replaced_function
from sample_files import mail, pdf

SKIPPED, DENIED = 9, 3


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "papers"
    place.mkdir()
    (place / "lift.md").write_text("# Lift\n\nThe goods lift carries 900 kilograms.\n")
    (place / "letter.eml").write_bytes(mail("The lift is closed."))
    return place


def test_files_are_found_as_claims_and_forgotten_by_their_owner(cli: Cli, folder: Path) -> None:
    """What one files would be lost, taken for a fact, or not be taken back."""
    done = cli("memory", "ingest", str(folder), "--json", user="mara.voss")
    assert done.exit_code == 0, done.stderr
    files = {Path(file["path"]).name: file for file in json.loads(done.stdout)["files"]}
    assert {file["status"] for file in files.values()} == {"added"}
    again = cli("memory", "ingest", str(folder), user="mara.voss")
    assert again.exit_code == 0
    assert "2 unchanged" in again.stderr
    search = ("memory", "search", "what does the goods lift carry", "--kind", "document", "--json")
    assert json.loads(cli(*search, user="mara.voss").stdout) == []
    found = json.loads(cli(*search, "--untrusted", user="mara.voss").stdout)
    assert found[0]["text"] == "The goods lift carries 900 kilograms."
    text = (folder / "lift.md").read_text()
    assert text[slice(*found[0]["span"])] == found[0]["text"]
    assert found[0]["updated"]
    assert json.loads(cli(*search, "--untrusted", user="tom.adler").stdout) == []
    source = files["lift.md"]["source"]
    assert cli("memory", "forget", source, "--source", "--yes", user="tom.adler").exit_code == DENIED
    gone = cli("memory", "forget", source, "--source", "--json", user="mara.voss")
    receipt = json.loads(gone.stdout)
    assert (receipt["erased"], receipt["named"]) == (1, 1), gone.stderr
    other = cli("memory", "forget", files["letter.eml"]["source"], "--source", "--yes", user="mara.voss")
    assert "The name of its source stays in the audit log" in other.stdout
    log = json.loads(cli("audit", "show", "--kind", "memory.ingested", "--json", user="olga.reis").stdout)
    assert [record["actor"] for record in log] == ["mara.voss", "mara.voss"]


def test_what_was_skipped_is_told_by_the_exit_code(cli: Cli, folder: Path) -> None:
    """A nightly job would not notice that a file is missing."""
    (folder / "scan.pdf").write_bytes(pdf(""))
    done = cli("memory", "ingest", str(folder), user="mara.voss")
    assert done.exit_code == SKIPPED
    assert "scan.pdf: holds no text" in done.stdout
    assert cli("memory", "ingest", str(folder / "nothing"), user="mara.voss").exit_code == 2


def test_a_files_name_is_one_line_and_its_own(cli: Cli, folder: Path) -> None:
    """A name with line breaks would write hits of its own; two names would be one source, or none."""
    for path in folder.iterdir():
        path.unlink()
    names = [b"a\nhandbook#1  (handbook).txt", b"a#b.txt", b"a%23b.txt", b"a\xff.txt", "a\u202e.txt".encode()]
    for number, name in enumerate(names):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_text(f"zebra {number}")
    done = cli("memory", "ingest", str(folder), "--json", user="mara.voss")
    assert done.exit_code == 0, done.stderr
    sources = {Path(file["source"]).name for file in json.loads(done.stdout)["files"]}
    assert sources == {"a%0Ahandbook%231  (handbook).txt", "a%23b.txt", "a%2523b.txt", "a%FF.txt", "a%E2%80%AE.txt"}
    told = cli("memory", "ingest", str(folder), "--for", "org", user="mara.voss")
    assert len(told.stdout.splitlines()) == len(names)
    again = cli("memory", "ingest", str(folder), "--for", "org", "--json", user="mara.voss")
    assert {file["status"] for file in json.loads(again.stdout)["files"]} == {"unchanged"}


def test_many_skipped_files_are_told_by_reason(cli: Cli, folder: Path) -> None:
    """A thousand pictures in a folder would bury the one contract that could not be read."""
    (folder / "crane.md").write_text("# Crane\n\nThe crane carries two tons.\n")
    for number in range(10):
        (folder / f"scan-{number}.pdf").write_bytes(pdf(""))
    for number in (21, 22):
        (folder / f"long-{number}.pdf").write_bytes(b"%PDF-1.7 broken")
    done = cli("memory", "ingest", str(folder), user="mara.voss")
    lines = [line for line in done.stdout.splitlines() if line.startswith("skipped")]
    assert len(lines) == 2, done.stdout
    assert "10 files, such as" in lines[0]
    assert "holds no text" in lines[0]
    assert "2 files, such as" in lines[1]
    assert "12 skipped" in done.stderr
    assert "--json" in done.stderr
    assert "crane.md" in done.stdout
    listed = json.loads(cli("memory", "ingest", str(folder), "--json", user="mara.voss").stdout)["files"]
    assert sum(file["status"] == "skipped" for file in listed) == 12


def test_what_was_remembered_before_a_break_is_in_the_log(cli: Cli, folder: Path) -> None:
    """Run again, these files are unchanged: nothing would ever say who brought them, and that they count as fact."""
    names = []

    def full(memory: Memory, tenant: str, document: MemoryDocument, *more: Any) -> Any:
        names.append(document.source)
        if len(names) == 2:
            raise StorageError("The disk is full.")
        return store_document(memory, tenant, document, *more)

    with replaced_function(pipeline, store_document, full):
        assert cli("memory", "ingest", str(folder), user="rosa.wieland").exit_code == 5
    show = ("audit", "show", "--json", "--kind")
    for kind in ("memory.ingesting", "memory.ingested"):
        log = json.loads(cli(*show, kind, user="olga.reis").stdout)
        (mine,) = (record["body"] for record in log if record["actor"] == "rosa.wieland")
        assert mine["visibility"] == "user:rosa.wieland"
    assert mine["source"] == names[0]


def test_only_who_may_vouches(cli: Cli, folder: Path) -> None:
    """Anybody could write the company's rules."""
    handbook = ("memory", "ingest", str(folder / "lift.md"), "--kind", "handbook", "--for", "org")
    assert cli(*handbook, "--vouch", user="mara.voss").exit_code == DENIED
    assert cli(*handbook, user="pia.lorenz").exit_code == DENIED
    assert cli(*handbook, "--vouch", user="pia.lorenz").exit_code == 0
    found = cli("memory", "search", "goods lift kilograms", "--kind", "handbook", "-n", "1", "--json", user="tom.adler")
    assert json.loads(found.stdout)[0]["trusted"] is True
