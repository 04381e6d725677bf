"""A match is what a detector finds, a kind of value and where it stands; of two that overlap one counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class SensitiveKind(StrEnum):
    """Kinds of values that may have to be kept from models and records."""

    SECRET = "secret"  # noqa: S105 - the name of a kind
    CARD = "card"
    IBAN = "iban"
    SSN = "ssn"
    NATIONAL_ID = "national_id"
    PASSPORT = "passport"
    DRIVER_LICENCE = "driver_licence"
    EMAIL = "email"
    IP = "ip"
    PHONE = "phone"
    ADDRESS = "address"
    POSTCODE = "postcode"
    PERSON = "person"


_RANK = {kind: rank for rank, kind in enumerate(SensitiveKind)}


@dataclass(frozen=True, slots=True)
class SensitiveValue:
    """One value at ``text[start:end]`` of the text that was searched."""

    kind: SensitiveKind
    start: int
    end: int
    text: str


def resolve_overlaps(found: Iterable[SensitiveValue]) -> tuple[SensitiveValue, ...]:
    """The values that count, in order and without overlaps, whatever order they were found in.

    Of two that overlap the kind listed first in :class:`SensitiveKind` wins, then the longer, then the earlier one: a
    kind that is checked by digits outranks one that rests on looks.
    """
    kept: list[SensitiveValue] = []
    taken: list[tuple[int, int]] = []
    for item in sorted(found, key=lambda item: (_RANK[item.kind], item.start - item.end, item.start)):
        place = _find_place(taken, item.start)
        if place and taken[place - 1][1] > item.start:
            continue
        if place < len(taken) and taken[place][0] < item.end:
            continue
        taken.insert(place, (item.start, item.end))
        kept.append(item)
    return tuple(sorted(kept, key=lambda item: item.start))


def _find_place(taken: list[tuple[int, int]], start: int) -> int:
    low, high = 0, len(taken)
    while low < high:
        middle = (low + high) // 2
        if taken[middle][0] < start:
            low = middle + 1
        else:
            high = middle
    return low
