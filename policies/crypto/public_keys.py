"""A public key is a value that says whose it is, and from when until when what it signs counts."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import BadInput, Tampered
from .signing import DOMAIN, compute_key_id

FORMAT = f"{DOMAIN}/keys"
CLOCK_SKEW = timedelta(minutes=5)
"""How far the clocks of two machines that share a key may be apart."""

NEVER_REVOKED = "9999-12-31T00:00:00+00:00"

KeyKind = Literal["principal", "system"]


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One public key.

    Attributes:
        key_id: its fingerprint.
        kind: a principal's, or the installation's own (tenant and user id are empty then).
        public_key: the 32 raw bytes as 64 hex digits.
        added_at: when it was first used, ISO 8601 with offset; ``None`` for the installation's own.
        revoked_at: from then on nothing it signs counts; what it signed before does.
    """

    key_id: str
    kind: KeyKind
    tenant: str
    user_id: str
    public_key: str
    added_at: str | None
    revoked_at: str | None = None

    @property
    def raw(self) -> bytes:
        """The 32 raw bytes."""
        return bytes.fromhex(self.public_key)

    def record(self) -> dict[str, Any]:
        """The key as plain JSON data."""
        return {name: getattr(self, name) for name in self.__slots__}

    def refuse(self, at: str, recorded_at: str | None = None) -> str | None:
        """Why the key does not count for a signature, or ``None`` when it does.

        Args:
            at: when it was signed, as the signer says.
            recorded_at: when the log wrote it down; a thief of a revoked key may claim any earlier time.
        """
        if self.added_at is not None and parse_time(at) < parse_time(self.added_at) - CLOCK_SKEW:
            return f"was added only at {self.added_at}"
        if self.revoked_at is not None:
            until = parse_time(self.revoked_at)
            if parse_time(at) >= until or (recorded_at is not None and parse_time(recorded_at) >= until):
                return f"was revoked at {self.revoked_at}"
        return None


class KeySet:
    """Public keys by their id."""

    def __init__(self, keys: Iterable[PublicKey]) -> None:
        self._keys = {key.key_id: key for key in keys}

    def __iter__(self) -> Iterator[PublicKey]:
        return iter(self._keys.values())

    def __len__(self) -> int:
        return len(self._keys)

    def get(self, key_id: str) -> PublicKey | None:
        """The key with this id, whosever it is."""
        return self._keys.get(key_id)

    def system(self, key_id: str, at: str, what: str) -> PublicKey:
        """The installation's key with this id, if it counts at that time.

        Raises:
            Tampered: it is unknown, somebody else's or revoked.
        """
        return self._require(key_id, ("system", "", ""), at, None, what)

    def principal(
        self, key_id: str, tenant: str, user_id: str, at: str, what: str, recorded_at: str | None = None
    ) -> PublicKey:
        """This principal's key with this id, if it counts at that time.

        Raises:
            Tampered: it is unknown, somebody else's, revoked, or younger than the signature.
        """
        return self._require(key_id, ("principal", tenant, user_id), at, recorded_at, what)

    def _require(
        self, key_id: str, owner: tuple[str, str, str], at: str, recorded_at: str | None, what: str
    ) -> PublicKey:
        key = self._keys.get(key_id)
        if key is None or (key.kind, key.tenant, key.user_id) != owner:
            whose = "the installation" if owner[0] == "system" else owner[2]
            raise Tampered(f"{what} is signed with key {key_id[:16]}, which is not a known key of {whose}.")
        refusal = key.refuse(at, recorded_at)
        if refusal:
            raise Tampered(f"{what} is signed with key {key_id[:16]}, which {refusal}.")
        return key


def parse_time(text: str) -> datetime:
    """The time that ISO 8601 text with an offset names.

    Raises:
        Tampered: it is no such text.
    """
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise Tampered(f"{str(text)[:40]!r} is not a time.") from None
    if found.tzinfo is None:
        raise Tampered(f"The time {text[:40]!r} has no offset from UTC.")
    return found


def export_keys(keys: KeySet) -> str:
    """The text of ``keys.json``: everything that somebody needs to check receipts and heads, and no secret."""
    listed = [key.record() for key in sorted(keys, key=lambda key: (key.kind, key.tenant, key.user_id, key.key_id))]
    return json.dumps({"format": FORMAT, "keys": listed}, indent=2, ensure_ascii=True) + "\n"


def load_keys(text: str | bytes) -> KeySet:
    """The keys of a ``keys.json``. Whoever uses them must know where the file comes from: all trust rests on it.

    Raises:
        BadInput: the text is not such a file, or an id is not that of its key.
    """
    try:
        found = _File.model_validate_json(text)
        keys = [PublicKey(**item.model_dump()) for item in found.keys]
        for key in keys:
            for at in (key.added_at, key.revoked_at):
                parse_time(at or NEVER_REVOKED)
    except (ValidationError, Tampered) as error:
        first = str(error.errors()[0]["msg"]) if isinstance(error, ValidationError) else str(error)
        raise BadInput(
            f"This is not a file of public keys ({first}); `countersign keys export keys.json` writes one."
        ) from None
    wrong = [key.key_id for key in keys if compute_key_id(key.raw) != key.key_id]
    if wrong or len({key.key_id for key in keys}) != len(keys):
        raise BadInput(f"The file of public keys is damaged: {wrong[0] if wrong else 'a key id'} does not fit its key.")
    return KeySet(keys)


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    key_id: str = Field(pattern="^[0-9a-f]{64}$")
    kind: KeyKind
    tenant: str
    user_id: str
    public_key: str = Field(pattern="^[0-9a-f]{64}$")
    added_at: str | None
    revoked_at: str | None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    format: Literal["countersign/v1/keys"]
    keys: list[_Entry]
