"""The books of one installation: log, reviews and countersignatures in a database, with the keys beside it.

They are put together in one place, because each vouches for the others: answers are signed, the log holds what was
signed, and its head is signed by the installation.
"""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from ..audit.head_store import Heads
from ..audit.key_ring import KeyRing
from ..audit.log import Audit
from ..crypto.private_keys import KEYS, key_folder
from ..crypto.signing import KeyStore
from ..receipts.issuer import Receipts
from ..review.countersignature_store import Countersignatures
from ..review.store import Reviews
from ..storage.urls import name_of


@dataclass(frozen=True, slots=True)
class Books:
    """What a data folder and its database hold of what was decided, signed and done.

    Attributes:
        keys: the private keys.
        ring: the public keys, also those of former times.
        receipts: issues proof for others.
    """

    engine: Engine
    keys: KeyStore
    heads: Heads
    audit: Audit
    ring: KeyRing
    signatures: Countersignatures
    reviews: Reviews
    receipts: Receipts


def open_books(engine: Engine, home: Path, keys: KeyStore | None = None) -> Books:
    """Opens the books; tables that are missing are made, keys only when they are needed.

    Args:
        engine: from :func:`countersign.policies.storage.database.open_database`.
        home: the data folder.
        keys: where the private keys are; by default in the data folder.

    Raises:
        StorageError: the database cannot be read, or lacks tables and cannot be written to.
    """
    keys = keys or key_folder(home)
    heads = Heads(engine, keys, copy=copy_of_head(engine, home))
    audit = Audit(engine, heads)
    ring = KeyRing(engine, keys)
    signatures = Countersignatures(engine, keys, ring)
    reviews = Reviews(engine, audit, signatures)
    receipts = Receipts(engine, keys, signatures, heads)
    return Books(engine, keys, heads, audit, ring, signatures, reviews, receipts)


def copy_of_head(engine: Engine, home: Path) -> Path:
    """Where the copy of the log's newest signed head is kept: outside the database, one for each database."""
    url, inside = engine.url, engine.dialect.name == "sqlite"
    inside = inside and Path(str(url.database)).resolve().parent == home.resolve()
    return home / KEYS / ("head.json" if inside else f"head-{name_of(url)}.json")
