"""A handbook is a Markdown file of written rules, in numbered sections that rules cite, such as ``it-handbook#2.1``.

The file's name is the handbook's id, its first line the title, and a section begins with ``## 2.1 Its title``.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ...policies.errors import StorageError
from .documents import MemoryDocument

_HEADING = re.compile(r"^## (?P<number>\d+(?:\.\d+)*) (?P<title>.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class HandbookSection:
    """One numbered section of a handbook.

    Attributes:
        id: what is cited, e.g. ``"support-handbook#3.2"``.
        title: its heading without the number.
        text: its prose, in Markdown, without the heading.
    """

    id: str
    title: str
    text: str


def read_handbook(path: Path) -> MemoryDocument:
    """A handbook as a document for memory.

    Raises:
        StorageError: the file cannot be read.
    """
    text = _read(path)
    return MemoryDocument(path.stem, text.partition("\n")[0].lstrip("# ").strip(), text)


def list_handbook_sections(paths: Iterable[Path]) -> tuple[HandbookSection, ...]:
    """Every section of these handbooks, in order; what stands before the first numbered heading is left out.

    Raises:
        StorageError: a file cannot be read.
    """
    return tuple(section for path in paths for section in parse_handbook(path.stem, _read(path)))


def parse_handbook(name: str, text: str) -> list[HandbookSection]:
    """The sections of one handbook.

    Args:
        name: its id, e.g. ``"support-handbook"``.
        text: its Markdown.
    """
    marks = list(_HEADING.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    return [
        HandbookSection(f"{name}#{mark['number']}", mark["title"].strip(), text[mark.end() : end].strip())
        for mark, end in zip(marks, ends, strict=True)
    ]


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"The handbook {path} cannot be read ({type(error).__name__}); it must be UTF-8.") from error
