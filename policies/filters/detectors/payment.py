"""These detectors find card numbers and bank accounts.

A card is an ISO/IEC 7812 number with a network's prefix and length whose Luhn check digit holds. A bank account is an
IBAN whose length and check digits hold, or a number that the text itself calls an IBAN.
"""

import re
from collections.abc import Iterator

from .match import SensitiveKind, SensitiveValue

_RUN = re.compile(r"(?<!\d)(?<!\d[.,])\d(?:[ .\-/]{0,2}\d){11,}")
_GROUP = re.compile(r"\d+")
_NEAR = re.compile(r"(?i)\b(?:cards?|cc|credit|debit|visa|maestro|master ?card|amex|kreditkarte|karte|carte)\b")
_WORDS_BEFORE = 48
_USUAL = {(4, 4, 4, 4), (4, 4, 4, 4, 3), (4, 4, 4, 4, 2), (4, 4, 4, 1), (4, 6, 5), (4, 6, 4), (4, 4, 4), (4, 4, 5)}
_MOST_GROUPS, _MOST_PIECES = 5, 8
_SHORTEST, _LONGEST = 12, 19
_PLAIN = 15
"""Shorter numbers count only after a word for cards: one in ten of any digits passes the check digit."""


def detect_cards(text: str) -> Iterator[SensitiveValue]:
    """Card numbers, with or without separators."""
    for run in _RUN.finditer(text):
        groups = [(item.start() + run.start(), item.end() + run.start()) for item in _GROUP.finditer(run.group())]
        yield from _find_cards_in(text, groups)


def _find_cards_in(text: str, groups: list[tuple[int, int]]) -> Iterator[SensitiveValue]:
    first = 0
    while first < len(groups):
        found = next(_windows(text, groups, first), None)
        if found is None:
            first += 1
            continue
        last, start, end = found
        yield SensitiveValue(SensitiveKind.CARD, start, end, text[start:end])
        first = last + 1


def _windows(text: str, groups: list[tuple[int, int]], first: int) -> Iterator[tuple[int, int, int]]:
    """The groups from one on that make up a card number, the longest first."""
    digits = 0
    ends: list[int] = []
    for last in range(first, len(groups)):
        digits += groups[last][1] - groups[last][0]
        if digits > _LONGEST:
            break
        if digits >= _SHORTEST:
            ends.append(last)
    for last in reversed(ends):
        if last - first >= _MOST_GROUPS and not (_is_edge(groups, first) and _is_edge(groups, last + 1)):
            continue
        sizes = tuple(end - start for start, end in groups[first : last + 1])
        uniform = sizes[0] in (1, 4) and len(set(sizes)) == 1 and _is_edge(groups, first) and _is_edge(groups, last + 1)
        whole = first == 0 and last == len(groups) - 1 and len(groups) <= _MOST_PIECES
        start, end = groups[first][0], groups[last][1]
        if not (whole or uniform or len(sizes) == 1 or sizes in _USUAL):
            continue
        number = re.sub(r"\D", "", text[start:end])
        if len(set(number)) == 1 or not passes_luhn(number):
            continue
        # Called a card, a number need not be of a network that is known here.
        if (len(number) >= _PLAIN and _has_network(number)) or _NEAR.search(text, max(0, start - _WORDS_BEFORE), start):
            yield last, start, end


def _is_edge(groups: list[tuple[int, int]], index: int) -> bool:
    """Whether groups of another size, or none, stand on one side of this place."""
    if index in (0, len(groups)):
        return True
    (first, second), (third, fourth) = groups[index - 1 : index + 1]
    return second - first != fourth - third


def passes_luhn(number: str) -> bool:
    """Whether a string of digits passes the Luhn check."""
    doubled = (sum(divmod(int(digit) * 2, 10)) for digit in number[-2::-2])
    return (sum(int(digit) for digit in number[::-2]) + sum(doubled)) % 10 == 0


def _has_network(number: str) -> bool:
    size, two, four = len(number), int(number[:2]), int(number[:4])
    if number[0] == "4":
        return size in (13, 16, 18, 19)
    if 51 <= two <= 55 or 2221 <= four <= 2720:
        return size == 16
    if two in (34, 37):
        return size == 15
    if two in (36, 38, 39) or 3000 <= four <= 3059 or 3095 <= four <= 3099:
        return 14 <= size <= 19
    if 3528 <= four <= 3589:
        return 16 <= size <= 19
    if four in (1800, 2131):
        return size == 15
    if two == 62 or two == 65 or four == 6011 or 6440 <= four <= 6499:
        return 16 <= size <= 19
    if 2200 <= four <= 2204:
        return 16 <= size <= 19
    return two in (50, 56, 57, 58, 60, 61, 63, 64, 66, 67, 68, 69) and _SHORTEST <= size <= _LONGEST


_CANDIDATE = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[ \-.]?\d[ ]?\d(?:[ \-.]{0,2}[A-Za-z0-9]){10,40}")
_CALLED = re.compile(r"(?i)\biban\b[ \t]{0,3}(?:(?:is|no\.?|number|code)[ \t]{0,3}){0,2}[:=]?[ \t]{0,3}$")
_CALLED_WIDTH = 40
_SHORTEST_ACCOUNT, _LONGEST_ACCOUNT = 15, 34
_VALUES = {ord(char): str(int(char, 36)) for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}


def detect_ibans(text: str) -> Iterator[SensitiveValue]:
    """IBANs, in groups or in one piece, in capitals or not."""
    from stdnum import iban

    start = 0
    while (match := _CANDIDATE.search(text, start)) is not None:
        end = _find_end(iban, text, match)
        if end:
            yield SensitiveValue(SensitiveKind.IBAN, match.start(), end, text[match.start() : end])
        start = end or match.start() + 2


def _find_end(iban: object, text: str, match: re.Match[str]) -> int:
    """Where the IBAN that starts here ends, or 0: words after it may have been taken along."""
    kept = [index for index in range(match.start(), match.end()) if text[index].isalnum()]
    number = "".join(text[index] for index in kept).upper()
    for size in range(min(len(kept), _LONGEST_ACCOUNT), _SHORTEST_ACCOUNT - 1, -1):
        end = kept[size - 1] + 1
        broken = end < len(text) and text[end].isalnum()
        if not broken and _has_check_digits(number[:size]) and iban.is_valid(number[:size]):  # type: ignore[attr-defined]
            return end
    if _CALLED.search(text, max(0, match.start() - _CALLED_WIDTH), match.start()):
        word = re.compile(r"[A-Za-z0-9]+(?:[ \-.][A-Z0-9]{1,4}\b)*").match(text, match.start())
        return word.end() if word and word.end() - word.start() >= _SHORTEST_ACCOUNT else 0
    return 0


def _has_check_digits(number: str) -> bool:
    """Whether the check digits hold (ISO 7064, mod 97-10)."""
    digits = (number[4:] + number[:4]).translate(_VALUES)
    return digits.isdecimal() and int(digits) % 97 == 1
