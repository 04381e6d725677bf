"""This module says which records of a result the person's words point at.

An id is not good because a record holds it: whoever picks the record decides what is done. The words pick one when they
name it, give an amount only it has, or say ``the largest``; two that fit are none.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from .values import fold_case, parse_plain_decimal, stands_in

LONGEST_NAME = 80
_WORD = re.compile(r"[^\W\d_]{3,}")
_WEAK = frozenset(
    "the and for with from that this these those file document event meeting email mail message order invoice contract "
    "payment account transaction user team list docx xlsx pptx pdf txt com org net www new all any find show get give "
    "make send pay add create delete remove update change set share please not you your her his their our not".split()
)
_EXTREMES = (
    (r"largest|biggest", ("size", "amount", "price", "amount_minor", "total"), max),
    (r"smallest", ("size", "amount", "price", "amount_minor", "total"), min),
    (r"most expensive|highest|priciest", ("price", "amount", "amount_minor", "rating"), max),
    (r"cheapest|lowest", ("price", "amount", "amount_minor", "rating"), min),
)


def iterate_records(value: Any) -> Iterator[Mapping[str, Any]]:
    """The innermost lists' records within a result; a result without lists of records is one itself."""
    if isinstance(value, Mapping):
        inner = [item for entry in value.values() for item in _iterate_listed(entry)]
        yield from inner or [value]


def _iterate_listed(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list | tuple):
        for item in value:
            if isinstance(item, Mapping):
                yield item
            else:
                yield from _iterate_listed(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _iterate_listed(item)


ReferenceKey = tuple[object, ...]
"""Something that was said and that may pick a record of one kind."""


def find_references(
    found: Sequence[Mapping[str, Any]], said: str, amounts: frozenset[Decimal], pins: dict[ReferenceKey, str]
) -> frozenset[int]:
    """The places of the records that the words name, each alone.

    Args:
        found: the records of one result, without what outsiders wrote.
        said: the person's words, folded.
        amounts: numbers the person said.
        pins: what each part of the words picked in earlier results, brought up to date here: words that picked one
            record pick no other later, so that nobody can delete "the largest" again and again.
    """
    return frozenset(
        place
        for key, places in _pick_records(found, said, amounts).items()
        if len(places) == 1
        for place in places
        if pins.setdefault(key, _identity(found[place])) == _identity(found[place])
    )


def _pick_records(
    found: Sequence[Mapping[str, Any]], said: str, amounts: frozenset[Decimal]
) -> dict[ReferenceKey, set[int]]:
    picked: dict[ReferenceKey, set[int]] = {}
    extreme = _extreme(found, said)
    if extreme is not None:
        most, top = extreme
        return {(most, *sorted(found[0])): set(top)}
    names_of = [{name for name in _names(record) if _is_said_in_full(name, said)} for record in found]
    for name in sorted(set().union(*names_of), key=len, reverse=True):
        # Words of a name that was said in full point at nothing else.
        said = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " \x00 ", said)
    for place, record in enumerate(found):
        keys: set[object] = {number for number in _amounts(record) if number in amounts} | names_of[place]
        keys |= {words for name in _names(record) if (words := _find_said_words(name, said))}
        for key in keys:
            picked.setdefault((key, *sorted(record)), set()).add(place)
    return picked


def _identity(record: Mapping[str, Any]) -> str:
    """What makes a record the same one in another result: its id, else all of it."""
    own = [text for name, text in _values(record) if is_key(name)]
    return "\x00".join(own) or repr(sorted(_values(record)))


def _values(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in record.items():
        for item in value if isinstance(value, list | tuple) else [value]:
            if isinstance(item, str | int | Decimal) and not isinstance(item, bool):
                yield name, str(item)


def _amounts(record: Mapping[str, Any]) -> Iterator[Decimal]:
    for name, text in _values(record):
        if not is_id(name) and (number := parse_plain_decimal(text)) is not None:
            yield number


def _names(record: Mapping[str, Any]) -> Iterator[str]:
    return (
        fold_case(text)
        for _, text in _values(record)
        if 4 <= len(text) <= LONGEST_NAME and parse_plain_decimal(text) is None
    )


def _find_strong_words(name: str) -> list[str]:
    return [word for word in _WORD.findall(name) if word not in _WEAK]


def _is_said_in_full(name: str, said: str) -> bool:
    return bool(_find_strong_words(name) or any(char.isdigit() for char in name)) and stands_in(name, said)


def _find_said_words(name: str, said: str) -> frozenset[str]:
    """The words of a name that were said, when they are half of it at least."""
    strong = _find_strong_words(name)
    known = frozenset(word for word in strong if stands_in(word, said))
    return known if "@" not in name and 2 * len(known) >= len(strong) else frozenset()


def is_key(path: str) -> bool:
    """Whether a field is a record's own name among its kind."""
    name = path.rpartition(".")[2]
    return name in ("id", "id_") or name.endswith("_id")


def is_id(path: str) -> bool:
    """Whether a field names a record or a moment rather than says how much."""
    name = path.rpartition(".")[2]
    return name == "id" or name.endswith(("_id", "id_", "number", "date", "time"))


def _extreme(found: Sequence[Mapping[str, Any]], said: str) -> tuple[str, frozenset[int]] | None:
    for words, fields, best in _EXTREMES:
        if re.search(rf"\b(?:{words})\b", said):
            for name in fields:
                sizes = [parse_plain_decimal(str(record.get(name))) for record in found]
                known = [size for size in sizes if size is not None]
                if known and len(known) == len(sizes):
                    top = best(known)
                    return words, frozenset([sizes.index(top)] if known.count(top) == 1 else [])
    return None
