"""A token stands for a value: ``card_kqwrtbnmxzdfgh``, one word that says what it stands for and nothing more.

Letters only, because digits would be read as amounts, dates or record numbers; no vowels, so that no word arises; no
brackets, which prompts, citations and templates give a meaning. Case does not matter.
"""

import hashlib
import hmac
import re
from collections.abc import Callable

from .detectors.match import SensitiveKind
from .detectors.normalization import normalize_text

ALPHABET = "bcdfghjkmnpqrstvwxyz"
LENGTH = 14
"""Of 20 letters: 60 bits, out of reach for whoever guesses through a conversation."""

TOKEN = re.compile(
    rf"(?<![^\W_])(?:{'|'.join(sorted(SensitiveKind, key=len, reverse=True))})_[{ALPHABET}]{{{LENGTH}}}(?!\w)",
    re.IGNORECASE,
)
_DIGITS = frozenset({SensitiveKind.CARD, SensitiveKind.SSN})
_UPPER = frozenset(
    {SensitiveKind.IBAN, SensitiveKind.NATIONAL_ID, SensitiveKind.PASSPORT, SensitiveKind.DRIVER_LICENCE}
)


def canonicalize_value(kind: SensitiveKind, text: str) -> str:
    """The value as systems take it: what differs only in looks, grouping or case is the same value.

    A card is its digits, an IBAN is in capitals without spaces, an address of mail in small letters; secrets, names and
    addresses stay as they were written, apart from invisible characters and runs of spaces.
    """
    if kind is SensitiveKind.SECRET:
        return text
    bare = normalize_text(text).text
    if kind in _DIGITS:
        return re.sub(r"\D", "", bare)
    if kind in _UPPER:
        return "".join(char for char in bare if char.isalnum() or char == "<").upper()
    if kind is SensitiveKind.PHONE:
        return ("+" if bare.lstrip(" (").startswith("+") else "") + re.sub(r"\D", "", bare)
    if kind in (SensitiveKind.EMAIL, SensitiveKind.IP):
        return bare.lower()
    return " ".join((bare if kind is SensitiveKind.POSTCODE else text).split())


def make_token(key: bytes, kind: SensitiveKind, value: str) -> str:
    """The token of a canonical value: the same for the same key, kind and value; nothing about it can be read back.

    Args:
        key: 32 bytes, another for each tenant.
    """
    spelled = value if kind is SensitiveKind.SECRET else value.casefold()
    number = int.from_bytes(hmac.digest(key, f"{kind}\0{spelled}".encode("utf-8", "surrogatepass"), hashlib.sha256))
    letters = []
    for _ in range(LENGTH):
        number, letter = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[letter])
    return f"{kind}_{''.join(letters)}"


def get_token_kind(token: str) -> SensitiveKind:
    """The kind that a token names."""
    return SensitiveKind(token.lower().rpartition("_")[0])


def find_tokens(text: str) -> tuple[str, ...]:
    """The tokens in a text, each once, in small letters; whether they stand for anything is not known here."""
    return tuple(dict.fromkeys(match.group().lower() for match in TOKEN.finditer(text))) if "_" in text else ()


def restore_values(text: str, value_of: Callable[[str], str | None]) -> str:
    """The text with tokens replaced by what they stand for.

    Args:
        value_of: the value of a token in small letters, or ``None`` to leave it.
    """
    if "_" not in text:
        return text
    return TOKEN.sub(lambda match: value_of(match.group().lower()) or match.group(), text)
