"""This module reads Word files (.docx): paragraphs, headings and tables in their order."""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .extraction import FileText, ReadDeadline, ReadLimits, TextBuilder, UnreadableFile

if TYPE_CHECKING:
    from docx.table import Table

_HEADING = re.compile(r"heading\s*(\d)|title$", re.I)


def read_docx(data: bytes, limits: ReadLimits) -> FileText:
    """The text of a Word file; each row of a table is a line, with bars between its cells.

    Raises:
        UnreadableFile: it is damaged, no Word file, or would unpack to more than the limit.
    """
    check_packed(data, limits)
    from docx import Document
    from docx.table import Table

    deadline = ReadDeadline(limits)
    try:
        document = Document(io.BytesIO(data))
        writing = TextBuilder()
        levels: dict[str | None, int] = {}
        for block in document.iter_inner_content():
            deadline.check()
            if isinstance(block, Table):
                writing.add("\n".join(_lines(block, deadline)))
            else:
                style = block._p.style
                if style not in levels:  # python-docx searches all styles each time
                    levels[style] = _find_level(block.style.name if block.style is not None else "")
                writing.add(block.text, levels[style])
        title = str(document.core_properties.title or "")
    except UnreadableFile:
        raise
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
        raise UnreadableFile("is damaged or no Word file") from error
    return writing.finish(title)


def _find_level(style: str | None) -> int:
    """The level of a heading by the name of its style, or 0."""
    match = _HEADING.match(style or "")
    return int(match[1] or 0) + 1 if match else 0


def check_packed(data: bytes, limits: ReadLimits) -> None:
    """Refuses a packed file that is damaged, locked, or would unpack to too much, before anything is unpacked.

    Raises:
        UnreadableFile: it is one of these.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            members = packed.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise UnreadableFile("is damaged") from error
    if any(member.flag_bits & 1 for member in members):
        raise UnreadableFile("is protected by a password")
    markup = sum(member.file_size for member in members if member.filename.lower().endswith((".xml", ".rels")))
    if markup > limits.markup:
        raise UnreadableFile(
            f"would unpack to {markup / 1e6:,.0f} MB of XML, at most {limits.markup / 1e6:,.0f} MB are read"
        )
    unpacked = sum(member.file_size for member in members)
    if unpacked > limits.unpacked or len(members) > 10_000:
        raise UnreadableFile(
            f"would unpack to {unpacked / 1e6:,.0f} MB, at most {limits.unpacked / 1e6:,.0f} MB are read"
        )


def _lines(table: "Table", deadline: ReadDeadline) -> Iterator[str]:
    """The rows of a table. A cell over several rows stands in each of them, one over several columns once.

    python-docx would make a list as long as a cell says it is wide.
    """
    from docx.table import _Cell

    above: dict[int, str] = {}
    for row in table.rows:
        deadline.check()
        column, found = 0, []
        for tc in row._tr.tc_lst:
            goes_on = tc.vMerge == "continue"
            text = above.get(column, "") if goes_on else " ".join(_Cell(tc, table).text.split())
            above[column] = text
            found.append(text)
            column += tc.grid_span
        line = " | ".join(found)
        if line.strip(" |"):
            yield line
