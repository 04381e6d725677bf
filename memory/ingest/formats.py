"""This module chooses the reader that a file needs: by its name, checked against how it begins."""

from pathlib import PurePath

from .extraction import FileText, ReadLimits, UnreadableFile

TEXT_ENDINGS = (".txt", ".text", ".log", ".csv", ".rst")
MARKDOWN_ENDINGS = (".md", ".markdown")
HTML_ENDINGS = (".htm", ".html", ".xhtml")
KNOWN_ENDINGS = (*TEXT_ENDINGS, *MARKDOWN_ENDINGS, *HTML_ENDINGS, ".pdf", ".docx", ".eml")
_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", ".pdf"),
    (b"PK\x03\x04", ".docx"),
    (b"\xd0\xcf\x11\xe0", "an old or an encrypted Office file; save it as .docx without a password"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"{\\rtf", "an RTF file; save it as .docx"),
)


def read_file_text(name: str, data: bytes, limits: ReadLimits | None = None) -> FileText:
    """The text of a file.

    Args:
        name: its name, whose ending says what it is.
        data: all of its bytes.
        limits: how much is read.

    Raises:
        UnreadableFile: it is unknown, damaged, locked, empty or too large.
    """
    limits = limits or ReadLimits()
    if len(data) > limits.bytes:
        raise UnreadableFile(f"has {len(data) / 1e6:,.1f} MB, at most {limits.bytes / 1e6:,.1f} MB are read")
    ending = PurePath(name).suffix.lower()
    if ending not in KNOWN_ENDINGS:
        raise UnreadableFile(f"is of a kind that is not read; known are {', '.join(KNOWN_ENDINGS)}")
    begins = next((what for magic, what in _BEGINNINGS if data.startswith(magic)), "")
    if begins and begins != ending:
        raise UnreadableFile(f"is not what its name says, but {begins}")
    found = _read_by_ending(ending, data, limits)
    if not found.text.strip():
        raise UnreadableFile("is empty")
    if len(found.text) > limits.characters:
        raise UnreadableFile(f"has more than {limits.characters:,} characters")
    return found


def _read_by_ending(ending: str, data: bytes, limits: ReadLimits) -> FileText:
    if ending == ".pdf":
        from .pdf import read_pdf

        return read_pdf(data, limits)
    if ending == ".docx":
        from .docx import read_docx

        return read_docx(data, limits)
    if ending == ".eml":
        from .email import read_email

        return read_email(data)
    if ending in HTML_ENDINGS:
        from .html import read_html

        return read_html(data)
    from .text import read_markdown, read_text

    return read_markdown(data) if ending in MARKDOWN_ENDINGS else read_text(data)
