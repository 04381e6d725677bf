"""Bank accounts: IBANs whose length and check digits hold, and numbers that the text itself calls an IBAN."""

import re
from collections.abc import Iterator

from .match import Found, Kind

_CANDIDATE = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[ \-.]?\d[ ]?\d(?:[ \-.]{0,2}[A-Za-z0-9]){10,40}")
_CALLED = re.compile(r"(?i)\biban\b[ \t]{0,3}(?:(?:is|no\.?|number|code)[ \t]{0,3}){0,2}[:=]?[ \t]{0,3}$")
_CALLED_WIDTH = 40
_SHORTEST, _LONGEST = 15, 34
_VALUES = {ord(char): str(int(char, 36)) for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}


def find_ibans(text: str) -> Iterator[Found]:
    """IBANs, in groups or in one piece, in capitals or not."""
    from stdnum import iban

    start = 0
    while (match := _CANDIDATE.search(text, start)) is not None:
        end = _end(iban, text, match)
        if end:
            yield Found(Kind.IBAN, match.start(), end, text[match.start() : end])
        start = end or match.start() + 2


def _end(iban: object, text: str, match: re.Match[str]) -> int:
    """Where the IBAN that starts here ends, or 0: words after it may have been taken along."""
    kept = [index for index in range(match.start(), match.end()) if text[index].isalnum()]
    number = "".join(text[index] for index in kept).upper()
    for size in range(min(len(kept), _LONGEST), _SHORTEST - 1, -1):
        end = kept[size - 1] + 1
        broken = end < len(text) and text[end].isalnum()
        if not broken and _checks(number[:size]) and iban.is_valid(number[:size]):  # type: ignore[attr-defined]
            return end
    if _CALLED.search(text, max(0, match.start() - _CALLED_WIDTH), match.start()):
        word = re.compile(r"[A-Za-z0-9]+(?:[ \-.][A-Z0-9]{1,4}\b)*").match(text, match.start())
        return word.end() if word and word.end() - word.start() >= _SHORTEST else 0
    return 0


def _checks(number: str) -> bool:
    """Whether the check digits hold (ISO 7064, mod 97-10)."""
    digits = (number[4:] + number[:4]).translate(_VALUES)
    return digits.isdecimal() and int(digits) % 97 == 1
