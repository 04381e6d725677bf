"""The store of signed countersignatures is only added to, one row per answer, in the answer's own transaction."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Engine, Integer, MetaData, Table, Text, func, insert, select

from ..audit.key_ring import KeyRing
from ..audit.log import AuditEvent
from ..audit.row_seals import read_row_seal
from ..crypto.public_keys import KeySet
from ..crypto.signing import KeyStore
from ..domain.canonical import canonicalize
from ..errors import Tampered
from ..storage.database import begin_read
from .countersignature import SignedCountersignature, check_review, sign_answer
from .records import read_review
from .records import table as reviews
from .review import Review

metadata = MetaData()
table = Table(
    "countersignatures",
    metadata,
    Column("review_id", Text, primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("record", Text, nullable=False),
)


class CountersignatureStore:
    """Signs answers, keeps the signatures, and checks reviews against them.

    Args:
        engine: the database of the reviews, its schema up to date.
        store: where the principals' signers come from.
        ring: where their public keys are kept.
    """

    def __init__(self, engine: Engine, store: KeyStore, ring: KeyRing) -> None:
        self._engine = engine
        self._store = store
        self.ring = ring

    def sign_answer_in(
        self, connection: Connection, after: Review, args: Mapping[str, Any] | None, now: datetime
    ) -> tuple[SignedCountersignature, tuple[AuditEvent, ...]]:
        """Signs the newest answer of a review in the caller's transaction, which must hold the write lock.

        Args:
            after: the review with the answer, as :meth:`.review.Review.with_answer` made it.
            args: the reviewer's arguments (edit), else ``None``.

        Returns:
            The signed answer, and what else the audit log must remember.

        Raises:
            NotAllowed: the reviewer's key was revoked.
            StorageError: the key cannot be used; nothing is recorded.
        """
        mine = after.signatures[-1]
        signer = self._store.signer(after.proposal.tenant, mine.user_id)
        events = self.ring.add_in(connection, signer, after.proposal.tenant, mine.user_id, now)
        sealed = sign_answer(after, mine, args, signer)
        place = len(after.signatures) - 1
        row = {"review_id": after.review_id, "place": place, "record": canonicalize(sealed.record())}
        connection.execute(insert(table), row)
        return sealed, events

    def read_seal(self, connection: Connection, review_id: str) -> dict[str, Any]:
        """What the log must say of the newest countersignature of a review (see ``seals``)."""
        last = select(func.max(table.c.place)).where(table.c.review_id == review_id)
        return read_row_seal(connection, table, review_id, connection.execute(last).scalar())

    def ensure_key(self, tenant: str, user_id: str) -> None:
        """Makes a principal's key if there is none, so that nobody waits for that while the write lock is held.

        Raises:
            StorageError: the key cannot be used.
        """
        self._store.signer(tenant, user_id)

    def read(self, review_id: str) -> tuple[Review, tuple[SignedCountersignature, ...]] | None:
        """The review with this id and its signed answers, checked against each other; ``None`` when there is none.

        Both are read by one statement: between two, another answer could come in and look like a forgery.

        Raises:
            Tampered: naming the first thing that does not fit.
        """
        query = (
            select(reviews, table.c.place, table.c.record.label("sealed"))
            .outerjoin(table, table.c.review_id == reviews.c.review_id)
            .where(reviews.c.review_id == review_id)
            .order_by(table.c.place)
        )
        with begin_read(self._engine) as connection:
            rows = connection.execute(query).all()
            if not rows:
                return None
            review = read_review(rows[0])
            sealed = tuple(_parse_signed(row.sealed, review_id) for row in rows if row.sealed is not None)
            if sealed and [row.place for row in rows] != list(range(len(sealed))):
                raise Tampered(f"A countersignature of review {review_id} is not in its place; the record was changed.")
            keys = self.ring.keys_in(connection, [item.key_id for item in sealed]) if sealed else KeySet([])
        check_review(review, sealed, keys)
        return review, sealed


def _parse_signed(record: str, review_id: str) -> SignedCountersignature:
    try:
        return SignedCountersignature.from_record(json.loads(record))
    except (TypeError, ValueError):
        raise Tampered(f"A countersignature of review {review_id} cannot be read; it was changed.") from None
