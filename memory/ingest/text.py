"""This module reads plain text and Markdown."""

import codecs
from itertools import pairwise

from .chunking import Heading
from .extraction import FileText, UnreadableFile

_BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = frozenset("\t\n\r\x0b\x0c\x1a\x1b\x1c\x1d\x1e\x1f\x85")


def decode_text(data: bytes) -> str:
    """Text from bytes: by its byte-order mark, else UTF-8, else Windows-1252.

    Raises:
        UnreadableFile: the bytes are no text.
    """
    encodings = [encoding for mark, encoding in _BOMS if data.startswith(mark)][:1] or ["utf-8", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        odd = sum(1 for letter in text if (letter < " " or "\x7f" <= letter < "\xa0") and letter not in _CONTROLS)
        if "\x00" not in text and odd <= max(1, len(text) // 100):
            return text
    raise UnreadableFile("is not a text file, it holds binary data")


def read_text(data: bytes) -> FileText:
    """A plain text; its lines are looked at for headings and numbered clauses."""
    return FileText(decode_text(data))


def read_markdown(data: bytes) -> FileText:
    """A Markdown text with its headings of both kinds; what stands in code, quotes or front matter is none."""
    from markdown_it import MarkdownIt

    text = decode_text(data).replace("\r\n", "\n").replace("\r", "\n")
    body = _find_text_start(text)
    starts = [body]
    for line in text[body:].splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    tokens = MarkdownIt("commonmark").parse(text[body:])
    headings = [
        Heading(starts[token.map[0]], starts[min(token.map[1], len(starts) - 1)], int(token.tag[1]), inline.content)
        for token, inline in pairwise(tokens)
        if token.type == "heading_open" and token.level == 0 and token.map and inline.content.strip()
    ]
    first = [heading.title for heading in headings[:1] if heading.level == 1]
    return FileText(text, first[0] if first else "", tuple(headings) or None)


def _find_text_start(text: str) -> int:
    """Where the text begins after a block of ``---`` lines at its top."""
    if not text.startswith("---\n"):
        return 0
    end = text.find("\n---\n", 3)
    return 0 if end < 0 else end + len("\n---\n")
