"""This module says whether a text names somebody, however the name is encoded."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d"), "-")


def mentions_subject(subject: str, text: str, *, cased: bool = True) -> bool:
    """Whether a text holds this name or id as whole words, so that C-10 is not found in C-101.

    Composed and decomposed letters, wide ones and all dashes are the same; an invisible letter inside hides nothing.

    Args:
        cased: whether "Ann" and "ann" are two.
    """
    sought, text = simplify_text(subject, cased=cased), simplify_text(text, cased=cased)
    if sought not in text:
        return False
    return re.search(rf"(?<![\w-]){re.escape(sought)}(?![\w-])", text) is not None


def iterate_texts(value: Any) -> Iterator[str]:
    """Every text in JSON data, names of fields too. As JSON, a line break before a name would hide where it begins."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, str):
            yield found
        elif isinstance(found, Mapping):
            waiting += [*found, *found.values()]
        elif isinstance(found, list | tuple):
            waiting += found
        elif found is not None and not isinstance(found, bool):
            yield str(found)


def simplify_text(text: str, *, cased: bool) -> str:
    """A text without what only looks different: composed letters, plain dashes, nothing invisible."""
    if not text.isascii():
        kept = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
        text = unicodedata.normalize("NFKC", kept).translate(_DASHES)
    if cased:
        return text
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text.casefold())
