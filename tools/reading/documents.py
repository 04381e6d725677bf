"""Turn an uploaded file into text, or say clearly why it cannot be read."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from ...memory.ingest.extracted import Unreadable
from ...memory.ingest.plain import decoded
from ...policies.errors import BadInput

MAX_BYTES = 5_000_000
"""Largest file that is read, in bytes. About 1,500 printed pages; a longer text is refused before it is read."""

_KNOWN_BINARIES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "a PDF file"),
    (b"PK\x03\x04", "a Word, Excel or zip file"),
    (b"\xd0\xcf\x11\xe0", "an old Word or Excel file"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"{\\rtf", "an RTF file"),
)


@dataclass(frozen=True, slots=True)
class Document:
    """A text and where it came from.

    `name` is the file's name without folders; `sha256` is over the bytes as they were uploaded.
    """

    name: str
    text: str
    sha256: str


def load_document(path: str | Path, *, max_bytes: int = MAX_BYTES) -> Document:
    """Read the text file at `path`.

    `max_bytes` is the size above which the file is refused without being read.
    Raises BadInput when the file is missing, a folder, unreadable, too large, empty or not text.
    """
    place = Path(path)
    try:
        if not place.exists():
            raise BadInput(f"The file {place} does not exist. Check the path and try again.")
        if place.is_dir():
            raise BadInput(f"{place} is a folder. Give the path of one text file in it.")
        if not place.is_file():
            raise BadInput(f"{place} is not an ordinary file. Give the path of a text file.")
        # One byte more than allowed tells a file that grew after its size was asked.
        size = place.stat().st_size
        if size > max_bytes:
            raise BadInput(_too_large(place.name, size, max_bytes))
        with place.open("rb") as stream:
            data = stream.read(max_bytes + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the path is not valid"
        raise BadInput(f"The file {place} cannot be read: {reason}. Check its name and permissions.") from error
    return decode_document(place.name, data, max_bytes=max_bytes)


def decode_document(name: str, data: bytes, *, max_bytes: int = MAX_BYTES) -> Document:
    """Make a Document of uploaded bytes: UTF-8, UTF-16 or UTF-32 (with a byte-order mark), else Windows-1252.

    Raises BadInput when the bytes are too many, empty or not text.
    """
    if len(data) > max_bytes:
        raise BadInput(_too_large(name, len(data), max_bytes))
    text = _decode(name, data)
    if not text.strip():
        raise BadInput(f"{name} is empty: there is nothing to read in it. Give a file with text.")
    return Document(name=name, text=text, sha256=hashlib.sha256(data).hexdigest())


def _decode(name: str, data: bytes) -> str:
    for magic, what in _KNOWN_BINARIES:
        if data.startswith(magic):
            raise BadInput(f"{name} is {what}, not plain text. Save or export it as a text file (.txt) first.")
    try:
        return decoded(data)
    except Unreadable as error:
        raise BadInput(_not_text(name)) from error


def _not_text(name: str) -> str:
    return f"{name} is not a text file (it holds binary data). Save or export it as a text file (.txt) first."


def _too_large(name: str, size: int, limit: int) -> str:
    return (
        f"{name} is too large: {size / 1e6:.1f} MB, and at most {limit / 1e6:.1f} MB of text are read. "
        "Split it, or give only the part that matters."
    )
