"""The vault keeps what tokens stand for, encrypted, each tenant's under keys of its own.

A token is a keyed hash of the value, so the same value has the same token in one tenant and another in the next. Values
are encrypted with AES-256-GCM bound to tenant and token, so a row moved elsewhere opens nowhere. Without the key file
the table says nothing; without its row a token is dead. The ephemeral vault is for questions: it gives the same tokens,
and what is new in it is forgotten with it.
"""

import hmac
import os
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Column, Engine, LargeBinary, MetaData, Table, Text, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from ..errors import Tampered
from ..storage.database import begin_read, begin_write, empty_log, overwrite_deleted
from .detectors.match import SensitiveKind
from .tokens import canonicalize_value, get_token_kind, make_token

VAULT_SECRET = "vault"  # noqa: S105 - names the key
_NONCE = 12
_AT_ONCE = 500

metadata = MetaData()
table = Table(
    "vault",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("token", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("kept_at", Text, nullable=False),
)
_FIND = select(table.c.token, table.c.sealed).where(
    table.c.tenant == bindparam("whose"), table.c.token.in_(bindparam("wanted", expanding=True))
)


class Vault:
    """The values of all tenants in one database.

    Args:
        engine: the database, its schema up to date.
        key: returns the installation's 32 secret bytes; asked for when first needed.
    """

    def __init__(self, engine: Engine, key: Callable[[], bytes]) -> None:
        self._engine = engine
        self._keys = lru_cache(maxsize=256)(lambda tenant, purpose: _derive_key(key(), tenant, purpose))

    def keep(self, tenant: str, values: Iterable[tuple[SensitiveKind, str]]) -> tuple[str, ...]:
        """The tokens of values, which can be read back from now on.

        Several processes may keep the same value at once; they get the same token.

        Args:
            values: kind and text as found.

        Raises:
            StorageError: they could not be kept; no token may be used.
            Tampered: a token is taken by another value, or its row was changed.
        """
        tokens: list[str] = []
        wanted: dict[str, str] = {}
        for kind, found in values:
            value = canonicalize_value(kind, found)
            token = make_token(self._keys(tenant, "tokens"), kind, value)
            tokens.append(token)
            wanted.setdefault(token, value)
        known = self.values(tenant, wanted)
        missing = {token: value for token, value in wanted.items() if token not in known}
        for token, value in known.items():
            if make_token(self._keys(tenant, "tokens"), get_token_kind(token), value) != token:
                raise Tampered(f"The vault's row of {token} holds another value; restore it from a backup.")
        if missing:
            now = datetime.now(UTC).isoformat()
            rows = [
                {"tenant": tenant, "token": token, "sealed": self._seal(tenant, token, value), "kept_at": now}
                for token, value in missing.items()
            ]
            make = postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert
            with begin_write(self._engine) as connection:
                connection.execute(make(table).on_conflict_do_nothing(), rows)
        return tuple(tokens)

    def values(self, tenant: str, tokens: Collection[str]) -> dict[str, str]:
        """What tokens stand for; one that is forged, forgotten or of another tenant is left out.

        Raises:
            StorageError: the database cannot be read.
            Tampered: a row was changed or belongs elsewhere.
        """
        found: dict[str, str] = {}
        wanted = sorted({token.lower() for token in tokens})
        for start in range(0, len(wanted), _AT_ONCE):
            with begin_read(self._engine) as connection:
                rows = connection.execute(_FIND, {"whose": tenant, "wanted": wanted[start : start + _AT_ONCE]}).all()
            found |= {row.token: self._open(tenant, row.token, row.sealed) for row in rows}
        return found

    def forget(self, tenant: str, tokens: Collection[str]) -> int:
        """Deletes what tokens stand for; they are dead wherever they still stand.

        Returns:
            How many were there.
        """
        gone = sorted({token.lower() for token in tokens})
        with begin_write(self._engine, durable=True) as connection:
            overwrite_deleted(connection)
            count = 0
            for start in range(0, len(gone), _AT_ONCE):
                mine = (table.c.tenant == tenant, table.c.token.in_(gone[start : start + _AT_ONCE]))
                count += connection.execute(delete(table).where(*mine)).rowcount
        empty_log(self._engine)
        return count

    def forget_values(self, tenant: str, values: Iterable[tuple[SensitiveKind, str]]) -> int:
        """Deletes values that are named themselves; returns how many were there."""
        key = self._keys(tenant, "tokens")
        return self.forget(tenant, [make_token(key, kind, canonicalize_value(kind, value)) for kind, value in values])

    def mark(self, tenant: str, text: str) -> str:
        """A mark of a text that proves it to whoever has the key and tells nobody else anything (HMAC-SHA256)."""
        return hmac.digest(self._keys(tenant, "marks"), text.encode("utf-8", "surrogatepass"), "sha256").hex()[:32]

    def _seal(self, tenant: str, token: str, value: str) -> bytes:
        nonce = os.urandom(_NONCE)
        content = value.encode("utf-8", "surrogatepass")
        return nonce + AESGCM(self._keys(tenant, "values")).encrypt(
            nonce, content, _make_associated_data(tenant, token)
        )

    def _open(self, tenant: str, token: str, sealed: bytes) -> str:
        try:
            key = AESGCM(self._keys(tenant, "values"))
            content = key.decrypt(sealed[:_NONCE], sealed[_NONCE:], _make_associated_data(tenant, token))
        except InvalidTag:
            raise Tampered(
                f"The vault's row of {token} cannot be opened: it was changed, moved, or made with another key. "
                "Restore the database and its key folder from one backup."
            ) from None
        return content.decode("utf-8", "surrogatepass")


def read_token_values(
    vault: Vault, tenant: str, tokens: Collection[str], kinds: Collection[SensitiveKind]
) -> Mapping[str, str]:
    """What those tokens stand for that are of these kinds."""
    wanted = [token for token in tokens if get_token_kind(token) in kinds]
    return vault.values(tenant, wanted) if wanted else {}


def _derive_key(secret: bytes, tenant: str, purpose: str) -> bytes:
    """A key for one tenant and purpose (HKDF, RFC 5869)."""
    return HKDF(SHA256(), 32, salt=None, info=f"countersign vault {purpose}\0{tenant}".encode()).derive(secret)


def _make_associated_data(tenant: str, token: str) -> bytes:
    return f"{len(tenant)}:{tenant}{token}".encode()


class EphemeralVault(Vault):
    """Reads what the installation's vault keeps and writes nothing into it.

    Args:
        engine: the installation's database.
        key: as for :class:`.vault.Vault`.
    """

    def __init__(self, engine: Engine, key: Callable[[], bytes]) -> None:
        super().__init__(engine, key)
        self._passing: dict[tuple[str, str], str] = {}

    def keep(self, tenant: str, values: Iterable[tuple[SensitiveKind, str]]) -> tuple[str, ...]:
        """The tokens of values, which this vault alone reads back."""
        tokens = []
        for kind, found in values:
            value = canonicalize_value(kind, found)
            token = make_token(self._keys(tenant, "tokens"), kind, value)
            self._passing[tenant, token] = value
            tokens.append(token)
        return tuple(tokens)

    def values(self, tenant: str, tokens: Collection[str]) -> dict[str, str]:
        """What tokens stand for, kept here or in the installation."""
        found = super().values(tenant, tokens)
        mine = {token.lower() for token in tokens}
        return found | {
            name: value for (whose, name), value in self._passing.items() if whose == tenant and name in mine
        }
