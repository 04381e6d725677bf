"""Values are put into words for replies; fields that policy masked are said to be hidden."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from ...policies.filters.tokens import TOKEN
from ...tools.summary import MASKED, format_minor_units

HIDDEN = "not shown to your role"
# What the assistant keeps of a value is not escaped, or nobody would be shown the value again.
_MARKDOWN = re.compile(rf"(?P<kept>{TOKEN.pattern})|[\\`*_\[\]<>|#!]", TOKEN.flags)
_NAME = 160


def format_minor_amount(minor: Any, currency: Any = "EUR") -> str:
    """Minor units with their currency: ``"1,234.56 EUR"``."""
    return f"{format_minor_units(minor)} {currency}" if isinstance(minor, int) else HIDDEN


def format_day(value: Any) -> str:
    """A day from a result, where days are ISO text: ``"31 December 2029"``."""
    if value in (None, "", MASKED):
        return HIDDEN if value == MASKED else "not set"
    return f"{date.fromisoformat(str(value)[:10]):%-d %B %Y}"


def format_count(number: int, what: str) -> str:
    """A number of things: ``"1 order"``, ``"15 orders"``."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def format_record(name: str, id: str) -> str:
    """A record by its name and its id: ``"Fernleigh Maschinen e.K. (CUS-0001)"``; one without a name by its id."""
    return f"{format_plain_name(name)} ({id})" if name else id


def format_plain_name(name: str) -> str:
    """What outsiders call themselves or their contract, on one line; Markdown in it is escaped, so it stays text."""
    return HIDDEN if name == MASKED else _escape(shorten_line(name, _NAME))


def format_words(value: Any) -> str:
    """A status or kind as plain words: ``"in_review"`` is ``"in review"``."""
    return HIDDEN if value == MASKED else str(value).replace("_", " ")


def format_bullets(lines: Sequence[str], *, most: int = 20, total: int | None = None) -> str:
    """Lines as a Markdown list; what is left out is counted."""
    shown = [f"- {line}" for line in lines[:most]]
    left = (len(lines) if total is None else total) - len(shown)
    return "\n".join([*shown, f"- … and {left} more"] if left > 0 else shown)


def shorten_line(text: str, most: int) -> str:
    """The text on one line, at most so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def quote_words(text: str, most: int) -> str:
    """What outsiders wrote, word for word on one line and in quotes; Markdown in it is escaped, so it stays text."""
    return f"“{_escape(shorten_line(text, most))}”"


def _escape(text: str) -> str:
    return _MARKDOWN.sub(lambda found: found[0] if found["kept"] else f"\\{found[0]}", text)
