"""Uploaded files become text, or a clear refusal."""

from pathlib import Path

import pytest
from countersign.memory.ingest.extraction import ReadLimits
from countersign.policies.errors import BadInput
from countersign.tools.extraction import documents
from countersign.tools.extraction.documents import MAX_BYTES, decode_text_document, load_text_document
from sample_files import bomb, docx, locked_pdf, mail, pdf, swollen_pdf

TEXT = "Vergütung: 1.234,56 € – fällig in “30 Tagen”."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_usual_encodings_give_the_same_text(tmp_path: Path, encoding: str) -> None:
    """A contract saved by Windows or by a Mac would come in as garbage."""
    place = tmp_path / "contract.txt"
    place.write_bytes(TEXT.encode(encoding))
    document = load_text_document(place)
    assert document.text == TEXT
    assert document.name == "contract.txt"


def test_the_digest_is_over_the_bytes_and_differs_with_them() -> None:
    """Evidence could not be tied to the file that was uploaded."""
    one, two = decode_text_document("a", b"one"), decode_text_document("a", b"two")
    assert one.sha256 == "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"
    assert one.sha256 != two.sha256


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.7 rest", "PDF"),
        (b"PK\x03\x04 rest", r"name it upload\.docx"),
        (b"\x89PNG\r\n", "PNG"),
        (b"text\x00more", "not a text file"),
        (bytes(range(1, 32)) * 50, "not a text file"),
        (b"{\\rtf1 x", "RTF"),
        (b"\xff\xfe\x00", "not a text file"),
        (b"", "empty"),
        (b" \n\t ", "empty"),
        (b"\xef\xbb\xbf", "empty"),
    ],
)
def test_what_is_not_text_is_refused_with_the_reason(data: bytes, words: str) -> None:
    """A binary or empty upload would be reviewed as if it were a contract."""
    with pytest.raises(BadInput, match=words) as caught:
        decode_text_document("upload", data)
    assert caught.value.exit_code == 2
    assert "upload" in str(caught.value)


def test_missing_files_folders_and_impossible_names_are_refused(tmp_path: Path) -> None:
    """The user would see a stack trace."""
    for place, words in ((tmp_path / "no.txt", "does not exist"), (tmp_path, "folder"), ("a\x00b", r"exist|not valid")):
        with pytest.raises(BadInput, match=words):
            load_text_document(place)


def test_ten_megabytes_are_refused_before_they_are_read(tmp_path: Path) -> None:
    """A huge upload would hold the machine for a minute instead of being refused at once."""
    place = tmp_path / "huge.txt"
    with place.open("wb") as stream:
        stream.truncate(10_000_000)  # a sparse file: reading it would find NUL bytes and say "binary" instead
    with pytest.raises(BadInput, match=r"10\.0 MB.*at most 5\.0 MB"):
        load_text_document(place)


def test_the_limit_itself_is_accepted() -> None:
    """The message names a limit that does not hold."""
    assert len(decode_text_document("a", b"a" * MAX_BYTES).text) == MAX_BYTES
    with pytest.raises(BadInput):
        decode_text_document("a", b"a" * (MAX_BYTES + 1))


def test_papers_of_every_kind_become_text(tmp_path: Path) -> None:
    """A contract comes as a PDF or a Word file, a complaint as an e-mail; nobody turns them into text first."""
    files = {
        "a.pdf": pdf("Term of 36 months"),
        "b.DOCX": docx(),
        "c.eml": mail("We agree to 36 months."),
        "d.html": b"<h1>Terms</h1><p>36 months<script>36 months</script>",
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    texts = {name: load_text_document(tmp_path / name).text for name in files}
    assert texts["a.pdf"] == "Term of 36 months"
    assert "Invoices are due after 45 days." in texts["b.DOCX"]
    assert "We agree to 36 months." in texts["c.eml"]
    assert texts["d.html"] == "Terms\n\n36 months"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.docx", bomb(200_000_000), "would unpack"),
        ("a.docx", bomb(120_000_000, "word/media/a.png"), "would unpack"),
        ("a.pdf", locked_pdf(), "encrypted"),
        ("a.pdf", swollen_pdf(20_000_000), "unpacks to more"),
        ("a.pdf", b"text", "damaged"),
        ("a.docx", docx()[:900], "damaged"),
        ("a.pdf", docx(), "not what its name says"),
        ("a.html", b"<p></p>", "empty"),
        ("a.eml", b"no mail", "no e-mail"),
    ],
)
def test_papers_that_cannot_be_read_are_refused_with_the_reason(name: str, data: bytes, words: str) -> None:
    """A file that means harm, or is broken, is told by its name, at once and without a stack trace."""
    with pytest.raises(BadInput, match=words) as caught:
        decode_text_document(name, data)
    assert str(caught.value).startswith(name)
    assert caught.value.exit_code == 2


def test_packed_papers_may_be_larger_than_texts(tmp_path: Path) -> None:
    """A scan of thirty pages has more bytes than any text; a sparse file shows that none of it is read."""
    place = tmp_path / "huge.pdf"
    with place.open("wb") as stream:
        stream.truncate(30_000_000)
    with pytest.raises(BadInput, match=r"30\.0 MB.*at most 25\.0 MB"):
        load_text_document(place)


def test_an_upload_that_keeps_its_reader_busy_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """One e-mail of some hundred kilobytes would hold up a chat, or a whole server, for hours."""
    monkeypatch.setattr(documents, "PACKED_LIMITS", ReadLimits(seconds=1.5))
    hostile = b"From: a@b.c\r\nTo: " + b'"a" ' * 200_000 + b"\r\nSubject: x\r\n\r\nhello"
    with pytest.raises(BadInput, match="takes longer than"):
        decode_text_document("slow.eml", hostile)
