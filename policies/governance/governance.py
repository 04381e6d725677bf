"""Governance is log, reviews and countersignatures of one installation in a database, with the keys beside it.

They are put together in one place, because each vouches for the others: answers are signed, the log holds what was
signed, and its head is signed by the installation.
"""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from ..audit.head_store import SignedHeadStore
from ..audit.key_ring import KeyRing
from ..audit.log import AuditLog
from ..crypto.private_keys import KEYS_FOLDER, open_key_folder
from ..crypto.signing import KeyStore
from ..receipts.act_receipt import ActReceiptIssuer
from ..receipts.issuer import ReceiptIssuer
from ..review.countersignature_store import CountersignatureStore
from ..review.store import ReviewStore
from ..storage.schema import upgrade_schema
from ..storage.urls import make_database_name


@dataclass(frozen=True, slots=True)
class Governance:
    """What a data folder and its database hold of what was decided, signed and done.

    Attributes:
        keys: the private keys.
        ring: the public keys, also those of former times.
        receipts: issues proof of reviews for others.
        act_receipts: the same of acts that policy allowed without a review.
    """

    engine: Engine
    keys: KeyStore
    heads: SignedHeadStore
    audit: AuditLog
    ring: KeyRing
    signatures: CountersignatureStore
    reviews: ReviewStore
    receipts: ReceiptIssuer
    act_receipts: ActReceiptIssuer


def open_governance(engine: Engine, home: Path, keys: KeyStore | None = None) -> Governance:
    """Opens all records of an installation: the schema is brought up to date, keys are made only when they are needed.

    Args:
        engine: from :func:`countersign.policies.storage.database.open_database`.
        home: the data folder.
        keys: where the private keys are; by default in the data folder.

    Raises:
        StorageError: as for :func:`~countersign.policies.storage.schema.upgrade_schema`.
    """
    upgrade_schema(engine)
    keys = keys or open_key_folder(home)
    heads = SignedHeadStore(engine, keys, copy=get_head_copy_path(engine, home))
    audit = AuditLog(engine, heads)
    ring = KeyRing(engine, keys)
    signatures = CountersignatureStore(engine, keys, ring)
    reviews = ReviewStore(engine, audit, signatures)
    receipts = ReceiptIssuer(engine, keys, signatures, heads)
    acts = ActReceiptIssuer(engine, keys, ring, heads)
    return Governance(engine, keys, heads, audit, ring, signatures, reviews, receipts, acts)


def get_head_copy_path(engine: Engine, home: Path) -> Path:
    """Where the copy of the log's newest signed head is kept: outside the database, one for each database."""
    url, inside = engine.url, engine.dialect.name == "sqlite"
    inside = inside and Path(str(url.database)).resolve().parent == home.resolve()
    return home / KEYS_FOLDER / ("head.json" if inside else f"head-{make_database_name(url)}.json")
