"""A signed head is the installation's word, given from time to time, on how far the audit log reaches.

A hash chain that is cut off at its end is still a whole chain. A signed head says "record ``seq`` has this hash", and
the private key is not in the database; so whoever knows one later head, from the table or from a copy kept elsewhere,
sees that records after the cut are missing, and nobody without the key can write a new end.
"""

import json
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from sqlalchemy import BigInteger, Column, Connection, Engine, MetaData, Table, Text, bindparam, select, text, update
from sqlalchemy.exc import IntegrityError

from ..crypto.public_keys import KeySet, PublicKey
from ..crypto.signing import KeyStore, compute_key_id
from ..errors import BadInput, StorageError, Tampered
from ..storage.database import begin_read
from .chain import audit_head as log_head
from .signed_head import RecordT, SignedHead, check_unbroken, compare_with_heads, load_head, sign_head

URGENT_KINDS = ("review.", "key.")
"""Kinds of records after which a head is signed at once."""

metadata = MetaData()
table = Table(
    "audit_signed_heads",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("before", BigInteger, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("signature", Text, nullable=False),
)

# Text is sent as it is; an expression would be built and compiled for each head.
_ADD = text(
    "INSERT INTO audit_signed_heads (seq, hash, at, before, key_id, signature) "
    "VALUES (:seq, :hash, :at, :before, :key_id, :signature)"
)
_LAST = select(log_head.c.signed).where(log_head.c.id == 1)
_REMEMBER = update(log_head).where(log_head.c.id == 1).values(signed=bindparam("wanted"))


class SignedHeadStore:
    """The signed heads in one database.

    Args:
        engine: the database of the log, its schema up to date.
        store: whose system key signs, and whose system keys are trusted. Asked for no key before one is needed.
        every: a head is signed each time the log passes a multiple of so many records.
        seconds: and when this process has signed none for so long, by its next record.
        copy: a file outside the database for a copy of the newest head.
    """

    def __init__(
        self,
        engine: Engine,
        store: KeyStore,
        *,
        every: int = 64,
        seconds: float = 5.0,
        copy: Path | None = None,
    ) -> None:
        self._engine = engine
        self._copy = copy
        self._store = store
        self._every = every
        self._seconds = seconds
        self._signed_at = time.monotonic()

    def is_due(self, first: int, last: int, kinds: Iterable[str]) -> bool:
        """Whether a head must be signed after records ``first`` to ``last`` of these kinds were added."""
        return (
            last // self._every > (first - 1) // self._every
            or any(kind.startswith(URGENT_KINDS) for kind in kinds)
            or time.monotonic() - self._signed_at >= self._seconds
        )

    def sign_head_in(self, connection: Connection, seq: int, hash_: str, at: str) -> SignedHead:
        """Signs a head in the caller's transaction, so that it costs no commit and is undone with the records.

        Raises:
            StorageError: the system key cannot be used; the records must not be written then either.
            Tampered: signed heads were removed or put there by hand.
        """
        before = connection.execute(_LAST).scalar() or 0
        if before >= seq:
            known = self.find_covering(connection, seq)
            if known is None or known.seq > before:
                raise Tampered(f"The signed head at record {before} is missing; it was removed.")
            return known
        head = sign_head(seq, hash_, at, self._store.system(), before)
        try:
            connection.execute(_ADD, head.record())
        except IntegrityError as error:
            raise Tampered(f"There is a signed head at record {seq} that the log does not know of.") from error
        connection.execute(_REMEMBER, {"wanted": seq})
        self._signed_at = time.monotonic()
        return head

    def read_latest(self) -> SignedHead | None:
        """The head that reaches farthest."""
        with begin_read(self._engine) as connection:
            row = connection.execute(select(table).order_by(table.c.seq.desc()).limit(1)).first()
        return None if row is None else SignedHead(**row._mapping)

    def find_covering(self, connection: Connection, seq: int) -> SignedHead | None:
        """The first head that covers a record."""
        query = select(table).where(table.c.seq >= seq).order_by(table.c.seq).limit(1)
        row = connection.execute(query).first()
        return None if row is None else SignedHead(**row._mapping)

    def system_keys(self) -> KeySet:
        """The installation's public keys, which lie outside the database."""
        own = self._store.system_keys()
        return KeySet(PublicKey(compute_key_id(raw), "system", "", "", raw.hex(), None) for raw in own)

    def compare_records(
        self, connection: Connection, records: Iterable[RecordT], *copies: SignedHead
    ) -> Iterator[RecordT]:
        """The records while they are compared with all heads that are known (see :func:`compare_with_heads`).

        Args:
            connection: sees the heads of the same moment as the records.

        Raises:
            Tampered: the log is not the one whose heads were signed, or signed heads were removed.
        """
        heads = [SignedHead(**row._mapping) for row in connection.execute(select(table).order_by(table.c.seq))]
        check_unbroken(heads, connection.execute(_LAST).scalar() or 0)
        return compare_with_heads(records, [*heads, *copies], self.system_keys())

    def export_head(self) -> str:
        """The newest signed head as JSON text, to be kept where nobody who can write here can write.

        Raises:
            BadInput: nothing was signed yet.
        """
        head = self.read_latest()
        if head is None:
            raise BadInput("No head of the audit log was signed yet; there is nothing to keep.")
        return json.dumps(head.record(), sort_keys=True) + "\n"

    def read_copy(self) -> SignedHead | None:
        """The head in the copy, if there is one.

        Raises:
            Tampered: the file holds something else.
        """
        return None if self._copy is None else read_anchor(self._copy)

    def update_copy(self) -> None:
        """Brings the copy up to date, if there is to be one (see :meth:`anchor`).

        Raises:
            StorageError: the file cannot be written.
        """
        if self._copy is not None:
            self.anchor(self._copy)

    def anchor(self, path: Path) -> None:
        """Keeps a copy of the newest head in a file, unless the file holds a newer one.

        Call it after a commit, not inside a transaction: what is rolled back must leave no copy.

        Raises:
            StorageError: the file cannot be written.
        """
        head = self.read_latest()
        known = read_anchor(path)
        if head is None or (known is not None and known.seq >= head.seq):
            return
        aside = path.with_name(f".{secrets.token_hex(8)}.new")
        try:
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "w", encoding="utf-8") as stream:
                stream.write(json.dumps(head.record(), sort_keys=True) + "\n")
            os.replace(aside, path)
        except OSError as error:
            raise StorageError(f"The copy of the log's head {path} cannot be written: {error.strerror}.") from error


def read_anchor(path: Path) -> SignedHead | None:
    """The head that :meth:`SignedHeadStore.anchor` kept, or ``None`` when there is no file.

    Raises:
        Tampered: the file holds something else.
    """
    try:
        return load_head(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, BadInput):
        raise Tampered(f"The copy of the log's head {path} cannot be read; it was changed.") from None
