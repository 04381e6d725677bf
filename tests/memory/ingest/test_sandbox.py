"""Files that are made to keep their reader busy, or to break it."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import pytest
from countersign.memory.ingest.extraction import ReadLimits, UnreadableFile
from countersign.memory.ingest.formats import read_file_text
from countersign.memory.ingest.pipeline import ingest_files
from countersign.memory.ingest.sandbox import GRACE_SECONDS, SandboxReader
from countersign.memory.memory import Memory
from countersign.policies.domain.principal import Principal
from sample_files import docx, mail, pdf

FILES = {
    "terms.md": b"# Payment\n\nInvoices are due.\n",
    "offer.pdf": pdf("The offer ends in March.", "Signed by Lee."),
    "deal.docx": docx(),
    "letter.eml": mail("The bank account has changed."),
    "page.html": "<h1>Terms</h1><p>Bücher \ud83d\ude00</p>".encode("utf-8", "surrogatepass"),
    "notes.txt": b"1. Term\nOne year.",
}


HOSTILE = {
    "slow.eml": b"From: a@b.c\r\nTo: " + b'"a" ' * 200_000 + b"\r\nSubject: x\r\n\r\nhello",
    "nested.eml": b"From: a@b.c\r\nSubject: x\r\n"
    + b"".join(b"Content-Type: multipart/mixed; boundary=q%d\r\n\r\n--q%d\r\n" % (i, i) for i in range(900))
    + b"\r\nhi" * 200_000,
}


def test_a_file_says_the_same_wherever_it_is_read() -> None:
    """What goes through a pipe could lose its headings, pages or attachments."""
    with SandboxReader() as reader:
        for name, data in FILES.items():
            assert reader.read(name, data) == read_file_text(name, data)
        for name, data in (("x.pdf", b"%PDF-1.4 broken"), ("x.eml", b""), ("x.exe", b"MZ"), ("x.html", b"")):
            with pytest.raises(UnreadableFile) as here:
                read_file_text(name, data)
            with pytest.raises(UnreadableFile, match=str(here.value).split(";")[0]):
                reader.read(name, data)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_keeps_its_reader_busy_is_told_and_the_next_one_is_read(name: str) -> None:
    """One e-mail of a few hundred kilobytes would stop all ingestion for hours, or fill the machine's memory."""
    began = time.monotonic()
    with SandboxReader(ReadLimits(seconds=1.5)) as reader:
        assert reader.read("terms.md", FILES["terms.md"]).title == "Payment"
        with pytest.raises(UnreadableFile, match=r"takes longer than 2 seconds|MemoryError|broke down"):
            reader.read(name, HOSTILE[name])
        assert reader.read("terms.md", FILES["terms.md"]).title == "Payment"
    assert time.monotonic() - began < 30


def test_a_reader_ends_by_itself_when_nobody_ends_it() -> None:
    """Where ingestion is killed, what reads its last file would go on for hours."""
    limits = asdict(ReadLimits(seconds=2 - GRACE_SECONDS))
    hostile = HOSTILE["slow.eml"]
    question = json.dumps({"name": "slow.eml", "length": len(hostile), "limits": limits}).encode() + b"\n" + hostile
    command = [sys.executable, "-P", "-m", SandboxReader.__module__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(question)
        process.stdin.flush()
        assert process.wait(60) == -signal.SIGALRM


def test_a_program_that_lies_beside_the_files_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of somebody's papers with a docx.py in it would run as us."""
    for name in ("docx", "bs4", "json", "pypdf"):
        (tmp_path / f"{name}.py").write_text("open('ran', 'w').close()\n")
    monkeypatch.chdir(tmp_path)
    with SandboxReader() as reader:
        for name, data in FILES.items():
            assert reader.read(name, data).text
    assert not (tmp_path / "ran").exists()


def test_what_takes_a_files_place_is_not_followed(
    memory: Memory, mara: Principal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the reading, a link to a secret or a pipe that never ends may take the file's place."""
    folder = tmp_path / "papers"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("the key is 7")
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text("harmless")
    before = os.open

    def swapped(path: str | Path, *more: int, **named: int) -> int:
        place = Path(path)
        if place.parent == folder and not place.is_symlink() and place.is_file():
            place.unlink()
            if place.name == "a.txt":
                place.symlink_to(tmp_path / "secret.txt")
            else:
                os.mkfifo(place)
        return before(path, *more, **named)

    monkeypatch.setattr(os, "open", swapped)
    found = ingest_files(memory, mara, [folder], base=tmp_path)
    assert [file.status for file in found.files] == ["skipped", "skipped"]
    assert not memory.recall(mara, "key harmless", trusted_only=False)
