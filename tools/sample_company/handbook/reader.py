"""The reader cuts the handbooks into sections that can be cited, such as ``support-handbook#3.2``."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_HEADING = re.compile(r"^## (?P<number>\d+(?:\.\d+)*) (?P<title>.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class HandbookSection:
    """One numbered section of a handbook.

    Attributes:
        id: what is cited, e.g. ``"support-handbook#3.2"``.
        title: its heading without the number.
        text: its prose, in Markdown, without the heading.
        path: the file within the package, e.g. ``"handbook/support-handbook.md"``.
        department: ``support``, ``finance``, ``legal``, ``it`` or ``people``.
    """

    id: str
    title: str
    text: str
    path: str
    department: str


@cache
def list_handbook_sections() -> tuple[HandbookSection, ...]:
    """Every section of every handbook, by file name and then in order of appearance."""
    here = files(__package__)
    names = sorted(entry.name for entry in here.iterdir() if entry.name.endswith(".md"))
    return tuple(part for name in names for part in parse_handbook(name, here.joinpath(name).read_text("utf-8")))


def parse_handbook(name: str, text: str) -> list[HandbookSection]:
    """The sections of one Markdown file; what stands before the first numbered heading is its introduction, left out.

    Args:
        name: the file's name, e.g. ``"support-handbook.md"``.
        text: its content.
    """
    book = name.removesuffix(".md")
    marks = list(_HEADING.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    return [
        HandbookSection(
            id=f"{book}#{mark['number']}",
            title=mark["title"].strip(),
            text=text[mark.end() : end].strip(),
            path=f"handbook/{name}",
            department=book.removesuffix("-handbook"),
        )
        for mark, end in zip(marks, ends, strict=True)
    ]


@cache
def list_handbooks() -> tuple[tuple[str, str, str], ...]:
    """Every handbook whole: its id (``"support-handbook"``), its title and its text."""
    here = files(__package__)
    names = sorted(entry.name for entry in here.iterdir() if entry.name.endswith(".md"))
    texts = [(name.removesuffix(".md"), here.joinpath(name).read_text("utf-8")) for name in names]
    return tuple((name, text.partition("\n")[0].lstrip("# ").strip(), text) for name, text in texts)
