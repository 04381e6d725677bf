"""What a message says of the records of the IT desk. What it does not say clearly is asked, never guessed."""

import re

_IDS = {"system": "SYS", "access": "GRA", "product": "LIC", "device": "DEV"}
_WIDTHS = {"system": 2, "access": 4, "product": 2, "device": 3}
_LEVELS = {
    "write": re.compile(r"\b(?:write|edit|change)\b", re.IGNORECASE),
    "read": re.compile(r"\bread\b", re.IGNORECASE),
}


def find_id(text: str, kind: str) -> str | None:
    """The one record of a kind that a text names, such as ``SYS-01``; None when it names none, or several."""
    found = {int(number) for number in re.findall(rf"\b{_IDS[kind]}[\s-]?(\d{{1,4}})\b", text, re.IGNORECASE)}
    return f"{_IDS[kind]}-{found.pop():0{_WIDTHS[kind]}d}" if len(found) == 1 else None


def find_level(text: str) -> str | None:
    """``read`` or ``write``, when the text says exactly one of them."""
    found = [level for level, pattern in _LEVELS.items() if pattern.search(text)]
    return found[0] if len(found) == 1 else None
