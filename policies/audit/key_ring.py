"""The key ring holds every public key that was ever used, whose it is and until when it counts.

Rows are only added, never changed: a key is added once and revoked at most once. Each row is signed by the
installation, whose own public keys lie outside the database, so that write access to the database alone cannot slip a
key in.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Engine, MetaData, Row, Table, Text, select
from sqlalchemy.dialects import postgresql, sqlite

from ..crypto.public_keys import KeySet, PublicKey
from ..crypto.signing import KeyStore, Signer, compute_key_id, sign_statement, verify_signature
from ..errors import BadInput, NotAllowed, Tampered
from ..storage.database import begin_read
from .log import AuditEvent, AuditRecord

_STATEMENT = "key"
_SIGNED = ("key_id", "happened", "kind", "tenant", "user_id", "public_key", "at", "reason", "signed_by")
_ADDED, _REVOKED = "added", "revoked"

metadata = MetaData()
table = Table(
    "key_ring",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("happened", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("public_key", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("signed_by", Text, nullable=False),
    Column("signature", Text, nullable=False),
)


class KeyRing:
    """The public keys in one database.

    Args:
        engine: the database, its schema up to date.
        store: whose system key signs rows, and whose system keys are trusted.
    """

    def __init__(self, engine: Engine, store: KeyStore) -> None:
        self._engine = engine
        self._store = store

    def public_keys(self) -> KeySet:
        """All keys, the installation's own included.

        Raises:
            Tampered: a row was not signed by this installation.
        """
        with begin_read(self._engine) as connection:
            return self.keys_in(connection)

    def keys_in(self, connection: Connection, only: Collection[str] | None = None) -> KeySet:
        """The keys with these ids (all by default) and the installation's own.

        Raises:
            Tampered: a row was not signed by this installation.
        """
        own = {compute_key_id(raw): raw for raw in self._store.system_keys()}
        query = select(table).order_by(table.c.happened, table.c.at)
        if only is not None:
            query = query.where(table.c.key_id.in_([*only, *own]))
        keys = {key_id: PublicKey(key_id, "system", "", "", raw.hex(), None) for key_id, raw in own.items()}
        for row in connection.execute(query):
            _check_entry(row, own)
            known = keys.get(row.key_id)
            since = known.added_at if known else None
            keys[row.key_id] = PublicKey(
                key_id=row.key_id,
                kind="system" if row.kind == "system" else "principal",
                tenant=row.tenant,
                user_id=row.user_id,
                public_key=row.public_key,
                added_at=row.at if row.happened == _ADDED else since,
                revoked_at=row.at if row.happened == _REVOKED else None,
            )
        return KeySet(keys.values())

    def add_in(
        self, connection: Connection, signer: Signer, tenant: str, user_id: str, now: datetime
    ) -> tuple[AuditEvent, ...]:
        """Makes a principal's key known in the caller's transaction.

        Returns:
            What the audit log must remember; nothing when the key is known already.

        Raises:
            NotAllowed: the key was revoked, or the clock stands at a time before it was added.
            Tampered: it is known as somebody else's.
        """
        public = signer.public_key()
        key = PublicKey(compute_key_id(public), "principal", tenant, user_id, public.hex(), now.isoformat())
        if key.key_id != signer.key_id:
            raise Tampered(f"The signer of {user_id} names a key that is not its own; nothing was signed.")
        known = self.keys_in(connection, [key.key_id]).get(key.key_id)
        if known is None:
            self._insert(connection, key, _ADDED, now, "")
            body = {"key_id": key.key_id, "user_id": user_id, "public_key": key.public_key}
            return (AuditEvent("key.added", user_id, tenant, body=body),)
        if (known.kind, known.tenant, known.user_id) != ("principal", tenant, user_id):
            raise Tampered(f"The signing key of {user_id} is known as somebody else's; nothing was signed.")
        if known.revoked_at is not None:
            raise NotAllowed(
                f"The signing key of {user_id} was revoked at {known.revoked_at}; "
                "make a new one with `countersign keys rotate`."
            )
        if refused := known.refuse(now.isoformat()):
            # What is signed now would never count, and its review could not be answered again.
            raise NotAllowed(
                f"It is {now:%Y-%m-%d %H:%M} UTC by this computer's clock, but the signing key of {user_id} {refused}. "
                "Nothing was signed. Set the clock right; if it was wrong then, make a new key with "
                "`countersign keys rotate`."
            )
        return ()

    def revoke_in(self, connection: Connection, key_id: str, reason: str, actor: str, now: datetime) -> AuditEvent:
        """Ends a key in the caller's transaction; what it signed before stays valid.

        Returns:
            What the audit log must remember.

        Raises:
            BadInput: the key is unknown or revoked already, or no reason is given.
        """
        known = self.keys_in(connection, [key_id]).get(key_id)
        if known is None or known.revoked_at is not None:
            raise BadInput(f"The key {key_id[:16]} is {'revoked already' if known else 'not in the key ring'}.")
        if not reason.strip():
            raise BadInput("Revoking a key needs a reason; say why, for those who meet its signatures later.")
        self._insert(connection, known, _REVOKED, now, reason)
        body = {"key_id": key_id, "user_id": known.user_id, "reason": reason}
        return AuditEvent("key.revoked", actor, known.tenant, body=body)

    def check_recorded(self, records: Iterable[AuditRecord]) -> None:
        """Compares the ring with what the log says of keys.

        Args:
            records: the log's records of the kinds ``key.added`` and ``key.revoked``; others are passed over.

        Raises:
            Tampered: a key or its end is missing in the ring, so that a revoked key would count again.
        """
        keys = self.public_keys()
        for record in records:
            if record.kind not in ("key.added", "key.revoked"):
                continue
            key_id = str(record.data["key_id"])
            key = keys.get(key_id)
            if key is None or (record.kind == "key.revoked" and key.revoked_at is None):
                what = "the end of key" if record.kind == "key.revoked" else "key"
                raise Tampered(f"The key ring lacks {what} {key_id[:16]}, which audit record {record.seq} tells of.")

    def _insert(self, connection: Connection, key: PublicKey, happened: str, now: datetime, reason: str) -> None:
        system = self._store.system()
        row = {
            "key_id": key.key_id,
            "happened": happened,
            "kind": key.kind,
            "tenant": key.tenant,
            "user_id": key.user_id,
            "public_key": key.public_key,
            "at": now.isoformat(),
            "reason": reason,
            "signed_by": system.key_id,
        }
        row["signature"] = sign_statement(system, _STATEMENT, row)
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        connection.execute(insert(table).on_conflict_do_nothing(), row)


def _check_entry(row: Row[Any], own: dict[str, bytes]) -> None:
    data = {name: getattr(row, name) for name in _SIGNED}
    signer = own.get(row.signed_by)
    if signer is None or not verify_signature(signer, row.signature, _STATEMENT, data):
        raise Tampered(
            f"The key {row.key_id[:16]} of {row.user_id or 'the installation'} stands in the key ring without this "
            "installation's signature; the record was changed. Nothing it signed can be used."
        )
    if row.key_id != compute_key_id(bytes.fromhex(row.public_key)):
        raise Tampered(f"The key {row.key_id[:16]} in the key ring does not have its own id; it cannot be used.")
