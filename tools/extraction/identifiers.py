"""This module finds record numbers, e-mail addresses and IBANs in running text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...policies.filters.detectors.match import SensitiveKind
from ...policies.filters.tokens import TOKEN, get_token_kind

_KINDS = {
    "invoice": "INV", "order": "ORD", "contract": "CON", "purchase order": "PO", "ticket": "TCK",
    "customer": "CUS", "supplier": "SUP", "employee": "EMP", "shipment": "SHP", "payment": "PAY",
}  # fmt: skip
_BY_PREFIX = {prefix: kind for kind, prefix in _KINDS.items()}
_WORDS = {
    "invoices": "invoice", "invoice": "invoice", "orders": "order", "order": "order", "contracts": "contract",
    "contract": "contract", "agreement": "contract", "purchase order": "purchase order",
    "purchase orders": "purchase order", "ticket": "ticket", "tickets": "ticket", "case": "ticket",
    "customer": "customer", "supplier": "supplier", "vendor": "supplier", "employee": "employee",
    "shipment": "shipment", "delivery": "shipment", "payment": "payment",
}  # fmt: skip

_PREFIXED = re.compile(
    r"(?<![\w-])(?P<prefix>" + "|".join(sorted(_BY_PREFIX, key=len, reverse=True)) + r")"
    r"(?:[-_#–]|\s?#\s?|\s)?(?P<number>\d{1,12})(?![\w]|[.,]\d|-\d)",
    re.IGNORECASE,
)
_WORDED = re.compile(
    r"\b(?P<word>" + "|".join(sorted(_WORDS, key=len, reverse=True)) + r")\s{1,3}"
    r"(?:(?:no\.?|nr\.?|number|id|num\.?)\s{0,2}[:#]?\s{0,2}|#\s?)?(?P<number>\d{3,12})(?![\w]|[.,]\d|"
    r"-\d)(?!\s?(?:%|€|\$|EUR|USD|GBP)(?!\w))",
    re.IGNORECASE,
)
_EMAIL = re.compile(
    r"(?<![\w.+%-])[A-Za-z0-9](?:[A-Za-z0-9._%+-]{0,62}[A-Za-z0-9_%+-])?@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}(?![\w-])"
)
_IBAN = re.compile(
    r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ \u00a0]?[A-Z0-9]{4}){2,7}(?:[ \u00a0]?[A-Z0-9]{1,3})?(?![A-Za-z0-9])"
)
# Lengths of the SWIFT IBAN registry for the countries that suppliers of this region come from.
_IBAN_LENGTHS = {
    "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24, "FI": 18,
    "FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20,
    "LV": 21, "MC": 27, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SE": 24, "SI": 19, "SK": 24,
}  # fmt: skip
_MIN_DIGITS = 4


@dataclass(frozen=True, slots=True)
class RecordIdMention:
    """A record number at `text[start:end]`: its kind ("invoice"), and the canonical form ("INV-1042")."""

    start: int
    end: int
    text: str
    kind: str
    canonical: str


@dataclass(frozen=True, slots=True)
class Email:
    """An e-mail address at `text[start:end]`; `canonical` is in lower case."""

    start: int
    end: int
    text: str
    canonical: str


@dataclass(frozen=True, slots=True)
class Iban:
    """A bank account at `text[start:end]`; `valid` says whether length and ISO 7064 mod-97 check digits hold."""

    start: int
    end: int
    text: str
    canonical: str
    valid: bool


def find_id_mentions(text: str) -> tuple[RecordIdMention, ...]:
    """Record numbers such as "INV-1042", "invoice no. 1042" or "order #8841", in order, without overlaps."""
    found: list[RecordIdMention] = []
    for match in _PREFIXED.finditer(text):
        prefix = match["prefix"].upper()
        # "po 12" or "con 3" in small letters is prose.
        if match["prefix"].islower() and match.group()[len(prefix)] == " ":
            continue
        found.append(_make_identifier(match, _BY_PREFIX[prefix]))
    found.extend(
        _make_identifier(match, _WORDS[re.sub(r"\s+", " ", match["word"].lower())]) for match in _WORDED.finditer(text)
    )
    found.sort(key=lambda item: (item.start, -item.end))
    kept: list[RecordIdMention] = []
    for item in found:
        if not kept or item.start >= kept[-1].end:
            kept.append(item)
    return tuple(kept)


def format_record_id(kind: str, number: int) -> str:
    """The canonical form of a record number: the kind's prefix and at least four digits ("CON-0031")."""
    return f"{_KINDS[kind]}-{number:0{_MIN_DIGITS}d}"


def find_email_mentions(text: str) -> tuple[Email, ...]:
    """E-mail addresses, in order; a token that stands for one is one."""
    found = [Email(m.start(), m.end(), m.group(), m.group().lower()) for m in _EMAIL.finditer(text)]
    kept = [Email(m.start(), m.end(), m.group(), m.group().lower()) for m in _find_tokens(text, SensitiveKind.EMAIL)]
    return tuple(sorted([*found, *kept], key=lambda item: item.start))


def find_iban_mentions(text: str) -> tuple[Iban, ...]:
    """IBANs, in order; one whose check digits are wrong is returned with `valid` False.

    A token that stands for an IBAN is one; whether it holds is seen when it is put back.
    """
    found = [
        Iban(m.start(), m.end(), m.group(), m.group().lower(), True) for m in _find_tokens(text, SensitiveKind.IBAN)
    ]
    for match in _IBAN.finditer(text):
        end, raw = match.end(), match.group()
        compact = re.sub(r"\s", "", raw)
        length = _IBAN_LENGTHS.get(compact[:2])
        if length is not None and len(compact) > length:
            # A following word in capitals was taken along: cut at the country's length.
            end = match.start() + _find_offset(raw, length)
            raw, compact = text[match.start() : end], compact[:length]
        valid = _mod97(compact) and (length is None or len(compact) == length)
        if valid or length is not None:
            found.append(Iban(match.start(), end, raw, compact, valid))
    return tuple(sorted(found, key=lambda item: item.start))


def _find_tokens(text: str, kind: SensitiveKind) -> Iterator[re.Match[str]]:
    return (
        (match for match in TOKEN.finditer(text) if get_token_kind(match.group()) is kind) if "_" in text else iter(())
    )


def _make_identifier(match: re.Match[str], kind: str) -> RecordIdMention:
    return RecordIdMention(
        match.start(), match.end(), match.group(), kind, format_record_id(kind, int(match["number"]))
    )


def _find_offset(raw: str, count: int) -> int:
    seen = 0
    for index, char in enumerate(raw):
        seen += not char.isspace()
        if seen == count:
            return index + 1
    return len(raw)


def _mod97(iban: str) -> bool:
    moved = iban[4:] + iban[:4]
    return int("".join(str(int(char, 36)) for char in moved)) % 97 == 1
