"""This module runs all detectors over a text and gives what they found."""

from collections.abc import Callable, Collection, Iterator, Sequence

from .contact import REGIONS, detect_addresses, detect_emails, detect_ips, detect_phones, detect_postcodes
from .credentials import detect_secrets
from .identity import detect_national_ids, detect_papers
from .match import SensitiveKind, SensitiveValue, resolve_overlaps
from .normalization import normalize_text
from .payment import detect_cards, detect_ibans
from .person_names import detect_people

ALL_KINDS = frozenset(SensitiveKind)
_DIGITS = frozenset("0123456789")


def detect_values(
    text: str,
    kinds: Collection[SensitiveKind] = ALL_KINDS,
    *,
    regions: Sequence[str] = REGIONS,
    names: Collection[str] = (),
) -> tuple[SensitiveValue, ...]:
    """Personal and secret values in a text, in order and without overlaps.

    Look-alike and full-width digits, odd dashes and spaces are read as plain ones and invisible characters are read
    over; spans are those of the text as given. The time is linear in the text's length.

    Args:
        kinds: what to look for. What is not asked for gives way to nothing: an order number that might be a phone
            number stays one when phones are not wanted.
        regions: countries whose national phone numbers are known.
        names: persons' full names that are known.
    """
    ready = normalize_text(text)
    digits = not _DIGITS.isdisjoint(ready.text)
    found: list[SensitiveValue] = []
    for search, about, needs_digits in _searches(regions, names):
        if not about.isdisjoint(kinds) and (digits or not needs_digits):
            found += (item for item in search(ready.text) if item.kind in kinds)
    settled = resolve_overlaps(found)
    if ready.offsets is None and ready.text is ready.original:
        return settled
    spans = ((item.kind, *ready.span(item.start, item.end)) for item in settled)
    return tuple(SensitiveValue(kind, start, end, text[start:end]) for kind, start, end in spans)


def _searches(
    regions: Sequence[str], names: Collection[str]
) -> tuple[tuple[Callable[[str], Iterator[SensitiveValue]], frozenset[SensitiveKind], bool], ...]:
    """Each search, the kinds it finds, and whether a text without any digit can be passed over."""
    return (
        (detect_secrets, frozenset({SensitiveKind.SECRET}), False),
        (detect_cards, frozenset({SensitiveKind.CARD}), True),
        (detect_ibans, frozenset({SensitiveKind.IBAN}), True),
        (detect_national_ids, frozenset({SensitiveKind.SSN, SensitiveKind.NATIONAL_ID}), True),
        (detect_papers, frozenset({SensitiveKind.PASSPORT, SensitiveKind.DRIVER_LICENCE}), True),
        (detect_emails, frozenset({SensitiveKind.EMAIL}), False),
        (detect_ips, frozenset({SensitiveKind.IP}), False),
        (lambda text: detect_phones(text, regions), frozenset({SensitiveKind.PHONE}), True),
        (detect_addresses, frozenset({SensitiveKind.ADDRESS}), True),
        (detect_postcodes, frozenset({SensitiveKind.POSTCODE}), True),
        (lambda text: detect_people(text, names), frozenset({SensitiveKind.PERSON}), False),
    )
