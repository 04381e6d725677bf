"""What is remembered of each change of a review: one audit record, in the transaction of the change."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

from ..audit.log import Audit, Event
from ..audit.row_seals import read_vouched, vouching
from .records import table


class ReviewLog:
    """Writes the audit records of reviews.

    Args:
        audit: in the database of the reviews.
    """

    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    def check(self, connection: Connection, digest: str, review_id: str) -> None:
        """Checks that a review stands as the log last saw it.

        Raises:
            Tampered: it was changed behind the log's back.
        """
        self._audit.vouched_in(connection, digest, (table, review_id))

    def add(
        self,
        connection: Connection,
        kind: str,
        actor: str,
        keys: Mapping[str, str],
        body: Mapping[str, Any],
        *before: Event,
        rows: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        """Adds one record, after the change was made.

        Args:
            keys: of the review, as :attr:`countersign.policies.review.review.Review.keys` has them.
            before: what else the log must remember, first.
            rows: other rows that changed, as the log vouches for them.
        """
        digest = keys["digest"]
        evidence = {"review_id": keys["review_id"], "digest": digest, **body}
        event = Event(kind, actor, keys["tenant"], keys["thread"], keys["run"], evidence, subject=digest)
        own = read_vouched(connection, table, keys["review_id"])
        self._audit.append_in(connection, *before, vouching(event, own, *rows))
