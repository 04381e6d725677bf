"""Word files (.docx): paragraphs, headings and tables in their order."""

import io
import re
import zipfile

from .extracted import Extracted, Limits, Unreadable, Writing

_HEADING = re.compile(r"heading\s*(\d)|title$", re.I)


def read_docx(data: bytes, limits: Limits) -> Extracted:
    """The text of a Word file; each row of a table is a line, with bars between its cells.

    Raises:
        Unreadable: it is damaged, no Word file, or would unpack to more than the limit.
    """
    check_packed(data, limits)
    from docx import Document
    from docx.table import Table

    try:
        document = Document(io.BytesIO(data))
        writing = Writing()
        for block in document.iter_inner_content():
            if isinstance(block, Table):
                rows = [" | ".join(_cells(row)) for row in block.rows]
                writing.add("\n".join(row for row in rows if row.strip(" |")))
            else:
                style = block.style.name if block.style is not None else ""
                match = _HEADING.match(style or "")
                writing.add(block.text, int(match[1] or 0) + 1 if match else 0)
        title = str(document.core_properties.title or "")
    except (
        KeyError,
        ValueError,
        IndexError,
        AttributeError,
        OSError,
        SyntaxError,
        RecursionError,
        zipfile.BadZipFile,
    ) as error:
        raise Unreadable("is damaged or no Word file") from error
    return writing.done(title)


def check_packed(data: bytes, limits: Limits) -> None:
    """Refuses a packed file that is damaged, locked, or would unpack to too much, before anything is unpacked.

    Raises:
        Unreadable: it is one of these.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            members = packed.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Unreadable("is damaged") from error
    if any(member.flag_bits & 1 for member in members):
        raise Unreadable("is protected by a password")
    unpacked = sum(member.file_size for member in members)
    if unpacked > limits.unpacked or len(members) > 10_000:
        raise Unreadable(f"would unpack to {unpacked / 1e6:,.0f} MB, at most {limits.unpacked / 1e6:,.0f} MB are read")


def _cells(row: object) -> list[str]:
    """The texts of a row's cells; one that spans several columns once."""
    found, last = [], None
    for cell in getattr(row, "cells", ()):
        if cell._tc is not last:
            found.append(" ".join(cell.text.split()))
        last = cell._tc
    return found
