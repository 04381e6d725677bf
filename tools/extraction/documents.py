"""This module turns an uploaded file into text, or says clearly why it cannot be read."""

import hashlib
from dataclasses import dataclass
from pathlib import Path, PurePath

from ...memory.ingest.extraction import ReadLimits, UnreadableFile
from ...memory.ingest.formats import HTML_ENDINGS
from ...memory.ingest.sandbox import SandboxReader
from ...memory.ingest.text import decode_text
from ...policies.errors import BadInput

MAX_BYTES = 5_000_000
"""Largest text that is read, in bytes. About 1,500 printed pages; a longer text is refused before it is read."""
PACKED_LIMITS = ReadLimits(characters=MAX_BYTES, seconds=60)
"""What of PDF, Word, HTML and e-mail files is read."""
PACKED_ENDINGS = (*HTML_ENDINGS, ".pdf", ".docx", ".eml")

_KNOWN_BINARIES: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF-", "a PDF file", ".pdf"),
    (b"PK\x03\x04", "a Word, Excel or zip file", ".docx"),
    (b"\xd0\xcf\x11\xe0", "an old Word or Excel file", ""),
    (b"\x89PNG", "a PNG image", ""),
    (b"\xff\xd8\xff", "a JPEG image", ""),
    (b"{\\rtf", "an RTF file", ""),
)


@dataclass(frozen=True, slots=True)
class TextDocument:
    """A text and where it came from.

    `name` is the file's name without folders; `sha256` is over the bytes as they were uploaded.
    """

    name: str
    text: str
    sha256: str


def load_text_document(path: str | Path, *, max_bytes: int | None = None) -> TextDocument:
    """Reads the file at `path`: a text of any ending, or a PDF, Word, HTML or e-mail file.

    `max_bytes` is the size above which the file is refused without being read: 5 MB for texts, 25 MB for the others.
    Raises BadInput when the file is missing, a folder, too large, empty, damaged, locked or of another kind.
    """
    place = Path(path)
    most = max_bytes if max_bytes is not None else _get_max_bytes(place.name)
    try:
        if not place.exists():
            raise BadInput(f"The file {place} does not exist. Check the path and try again.")
        if place.is_dir():
            raise BadInput(f"{place} is a folder. Give the path of one file in it.")
        if not place.is_file():
            raise BadInput(f"{place} is not an ordinary file. Give the path of a file with text.")
        # One byte more than allowed tells a file that grew after its size was asked.
        size = place.stat().st_size
        if size > most:
            raise BadInput(_explain_too_large(place.name, size, most))
        with place.open("rb") as stream:
            data = stream.read(most + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the path is not valid"
        raise BadInput(f"The file {place} cannot be read: {reason}. Check its name and permissions.") from error
    return decode_text_document(place.name, data, max_bytes=most)


def decode_text_document(name: str, data: bytes, *, max_bytes: int | None = None) -> TextDocument:
    """Makes a document of uploaded bytes; the name's ending says what they are.

    Texts are UTF-8, UTF-16 or UTF-32 (with a byte-order mark), else Windows-1252. Of PDF, Word, HTML and e-mail files
    the text is what a reader sees. What attachments hold is not read.

    Raises BadInput when the bytes are too many, empty, damaged, locked or of another kind.
    """
    most = max_bytes if max_bytes is not None else _get_max_bytes(name)
    if len(data) > most:
        raise BadInput(_explain_too_large(name, len(data), most))
    text = _extract_text(name, data) if _get_ending(name) in PACKED_ENDINGS else _decode(name, data)
    if not text.strip():
        raise BadInput(f"{name} is empty: there is nothing to read in it. Give a file with text.")
    return TextDocument(name=name, text=text, sha256=hashlib.sha256(data).hexdigest())


def _get_ending(name: str) -> str:
    return PurePath(name).suffix.lower()


def _get_max_bytes(name: str) -> int:
    return PACKED_LIMITS.bytes if _get_ending(name) in PACKED_ENDINGS else MAX_BYTES


def _extract_text(name: str, data: bytes) -> str:
    try:
        with SandboxReader(
            PACKED_LIMITS
        ) as reader:  # a process of its own, because such a file can keep its reader busy for hours
            return reader.read(name, data).text
    except UnreadableFile as error:
        raise BadInput(f"{name} {error}. Give another file, or its text in a .txt file.") from error


def _decode(name: str, data: bytes) -> str:
    for magic, what, ending in _KNOWN_BINARIES:
        if data.startswith(magic) and ending:
            raise BadInput(f"{name} is {what}, and its name does not say so. If it is one, name it {name}{ending}.")
        if data.startswith(magic):
            raise BadInput(f"{name} is {what}, of which no text can be read. Save it as .docx, .pdf or .txt first.")
    try:
        return decode_text(data)
    except UnreadableFile as error:
        raise BadInput(_explain_binary(name)) from error


def _explain_binary(name: str) -> str:
    return f"{name} is not a text file (it holds binary data). Save or export it as a text file (.txt) first."


def _explain_too_large(name: str, size: int, limit: int) -> str:
    return (
        f"{name} is too large: {size / 1e6:.1f} MB, and at most {limit / 1e6:.1f} MB of such a file are read. "
        "Split it, or give only the part that matters."
    )
