"""This module reads of HTML what a person sees, with its headings; scripts, styles and hidden elements say nothing."""

import re
import warnings
from typing import TYPE_CHECKING

from .extraction import FileText, TextBuilder, UnreadableFile
from .text import decode_text

if TYPE_CHECKING:
    from bs4 import Tag

_SILENT = ("script", "style", "noscript", "template", "svg", "iframe", "object", "head", "title")
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d]*[1-9])|opacity\s*:\s*0(?![.\d]*[1-9])"
)
_BLOCKS = frozenset(
    "address article aside blockquote body dd div dl dt fieldset figcaption figure footer form header hr li main nav "
    "ol p pre section table tr ul h1 h2 h3 h4 h5 h6 br".split()
)
MAX_TAGS = 400_000


def read_html(data: bytes) -> FileText:
    """The visible text of a page; table cells of a row are separated by bars.

    Raises:
        UnreadableFile: the bytes are no text, or nested past reading.
    """
    return extract_html(decode_text(data))


def extract_html(markup: str) -> FileText:
    """Like :func:`read_html`, for markup that is text already."""
    from bs4 import BeautifulSoup, Comment, Tag
    from bs4.element import NavigableString, PreformattedString

    if markup.count("<") > MAX_TAGS:
        raise UnreadableFile(f"has more than {MAX_TAGS:,} tags")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a text that only looks like an address or XML is read all the same
            # libxml2 takes as long as a page is long; Python's own parser takes minutes for a few odd kilobytes.
            soup = BeautifulSoup(markup, "lxml")
        title = " ".join(soup.title.get_text().split()) if soup.title else ""
    except RecursionError as error:
        raise UnreadableFile("is nested too deeply") from error
    writing, line, level = TextBuilder(), list[str](), 0
    # Elements that begin, and names of elements that end; no recursion, however deep it is nested.
    waiting: list[object] = [soup]
    while waiting:
        found = waiting.pop()
        name = found if type(found) is str else getattr(found, "name", None)
        if name in _BLOCKS:
            writing.add(re.sub(r"\s+", " ", "".join(line)), level)
            line.clear()
            level = int(name[1]) if isinstance(found, Tag) and re.fullmatch(r"h[1-6]", name) else 0
        if isinstance(found, Tag):
            if _is_hidden(found):
                continue
            if name in ("td", "th") and "".join(line).strip():
                line.append(" | ")
            waiting.append(str(name))
            waiting.extend(reversed(found.contents))
        elif isinstance(found, NavigableString) and not isinstance(found, Comment | PreformattedString):
            line.append(str.__str__(found))
    writing.add(re.sub(r"\s+", " ", "".join(line)), level)
    return writing.finish(title)


def _is_hidden(tag: "Tag") -> bool:
    attributes = tag.attrs or {}
    style = str(attributes.get("style", "")).lower()
    return (
        tag.name in _SILENT
        or "hidden" in attributes
        or str(attributes.get("aria-hidden", "")).lower() == "true"
        or _HIDDEN.search(style) is not None
    )
