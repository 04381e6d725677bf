"""All detectors behind one function."""

from collections.abc import Callable, Collection, Iterator, Sequence

from .contact import REGIONS, find_addresses, find_emails, find_ips, find_phones, find_postcodes
from .credentials import find_secrets
from .identity import find_national_ids, find_papers
from .match import Found, Kind, resolve
from .normalization import plain
from .payment import find_cards, find_ibans
from .person_names import find_people

ALL_KINDS = frozenset(Kind)
_DIGITS = frozenset("0123456789")


def detect(
    text: str,
    kinds: Collection[Kind] = ALL_KINDS,
    *,
    regions: Sequence[str] = REGIONS,
    names: Collection[str] = (),
) -> tuple[Found, ...]:
    """Personal and secret values in a text, in order and without overlaps.

    Look-alike and full-width digits, odd dashes and spaces are read as plain ones and invisible characters are read
    over; spans are those of the text as given. The time is linear in the text's length.

    Args:
        kinds: what to look for. What is not asked for gives way to nothing: an order number that might be a phone
            number stays one when phones are not wanted.
        regions: countries whose national phone numbers are known.
        names: persons' full names that are known.
    """
    ready = plain(text)
    digits = not _DIGITS.isdisjoint(ready.text)
    found: list[Found] = []
    for search, about, needs_digits in _searches(regions, names):
        if not about.isdisjoint(kinds) and (digits or not needs_digits):
            found += (item for item in search(ready.text) if item.kind in kinds)
    settled = resolve(found)
    if ready.offsets is None and ready.text is ready.original:
        return settled
    spans = ((item.kind, *ready.span(item.start, item.end)) for item in settled)
    return tuple(Found(kind, start, end, text[start:end]) for kind, start, end in spans)


def _searches(
    regions: Sequence[str], names: Collection[str]
) -> tuple[tuple[Callable[[str], Iterator[Found]], frozenset[Kind], bool], ...]:
    """Each search, the kinds it finds, and whether a text without any digit can be passed over."""
    return (
        (find_secrets, frozenset({Kind.SECRET}), False),
        (find_cards, frozenset({Kind.CARD}), True),
        (find_ibans, frozenset({Kind.IBAN}), True),
        (find_national_ids, frozenset({Kind.SSN, Kind.NATIONAL_ID}), True),
        (find_papers, frozenset({Kind.PASSPORT, Kind.DRIVER_LICENCE}), True),
        (find_emails, frozenset({Kind.EMAIL}), False),
        (find_ips, frozenset({Kind.IP}), False),
        (lambda text: find_phones(text, regions), frozenset({Kind.PHONE}), True),
        (find_addresses, frozenset({Kind.ADDRESS}), True),
        (find_postcodes, frozenset({Kind.POSTCODE}), True),
        (lambda text: find_people(text, names), frozenset({Kind.PERSON}), False),
    )
