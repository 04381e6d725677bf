"""A reader gives what a file says: its text with its headings and pages, within the limits that are set here."""

import time
from dataclasses import dataclass

from ...policies.errors import BadInput
from .chunking import Heading

MEGABYTE = 1_000_000


class UnreadableFile(BadInput):
    """A file that cannot be read; the message says why, in a few words that follow the file's name."""


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """How much of one file is read.

    Attributes:
        bytes: a larger file is skipped before it is opened.
        unpacked: a packed file that would need more bytes is skipped before it is unpacked.
        markup: as for ``unpacked``, of the XML in a packed file, which takes some twenty times its size to read.
        characters: a longer text is skipped.
        pages: a PDF with more pages is skipped.
        seconds: a file that takes longer is skipped.
    """

    bytes: int = 25 * MEGABYTE
    unpacked: int = 100 * MEGABYTE
    markup: int = 30 * MEGABYTE
    characters: int = 5_000_000
    pages: int = 3000
    seconds: float = 120.0


class ReadDeadline:
    """Gives a file up that takes too long."""

    def __init__(self, limits: ReadLimits) -> None:
        self._seconds = limits.seconds
        self._end = time.monotonic() + limits.seconds

    def check(self, *_: object) -> None:
        """To be called every now and then.

        Raises:
            UnreadableFile: the time is over.
        """
        if time.monotonic() > self._end:
            raise UnreadableFile(f"takes longer than {self._seconds:.0f} seconds to read")


@dataclass(frozen=True, slots=True)
class FileText:
    """The text of one file.

    Attributes:
        text: what spans count characters of.
        title: the file's own title, or empty.
        headings: where its sections begin; ``None`` when its lines have to be looked at for numbered clauses.
        pages: where each page begins, for files that have pages.
        attachments: names and kinds of what hangs on an e-mail; their contents are not read.
    """

    text: str
    title: str = ""
    headings: tuple[Heading, ...] | None = None
    pages: tuple[int, ...] = ()
    attachments: tuple[str, ...] = ()


class TextBuilder:
    """Puts a text together from blocks, and remembers where its headings stand."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self.headings: list[Heading] = []

    def add(self, text: str, level: int = 0) -> None:
        """Adds a paragraph, or a heading of a level from 1."""
        text = text.strip()
        if not text:
            return
        if level:
            self.headings.append(Heading(self._length, self._length + len(text), level, " ".join(text.split())))
        self._parts.append(text)
        self._length += len(text) + 2

    def finish(self, title: str = "", attachments: tuple[str, ...] = ()) -> FileText:
        """The whole text; without any heading its lines are looked at for numbered clauses."""
        headings = tuple(self.headings) or None
        return FileText("\n\n".join(self._parts), title, headings, attachments=attachments)
