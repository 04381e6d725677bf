"""The table of reviews, and reading its rows: what no longer matches its digest is no review."""

import json
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, Index, MetaData, Row, Table, Text

from .errors import CountersignError, Tampered
from .proposal import Proposal
from .review import AnswerType, Countersignature, Review, ReviewState

metadata = MetaData()
table = Table(
    "reviews",
    metadata,
    Column("review_id", Text, primary_key=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("tenant", Text, nullable=False),
    Column("thread", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("requester", Text, nullable=False),
    Column("requester_human", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("proposal", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("due_at", Text, nullable=False),
    Column("escalated_at", Text),
    Column("opened_at", Text, nullable=False),
    Column("closed_at", Text),
    Column("message", Text, nullable=False, default=""),
    Column("edited_args", Text),
    Column("signatures", Text, nullable=False, default="[]"),
    Index("reviews_open", "tenant", "state", "due_at"),
    Index("reviews_by_run", "run"),
)


def sound_reviews(rows: Iterable[Row[Any]]) -> list[Review]:
    """The reviews in these rows, without those whose record was changed."""
    found = []
    for row in rows:
        with suppress(Tampered):
            found.append(read_review(row))
    return found


def read_review(row: Row[Any]) -> Review:
    """The review in a row.

    Raises:
        Tampered: its proposal no longer has the digest that it was opened with, or it cannot be read.
    """
    try:
        return _read(row)
    except (ValueError, TypeError, KeyError, CountersignError):
        raise Tampered(
            f"Review {row.review_id} no longer matches its digest; the record was changed. It cannot be used."
        ) from None


def _read(row: Row[Any]) -> Review:
    proposal = Proposal.from_record(json.loads(row.proposal))
    if (proposal.digest, proposal.tenant, proposal.run) != (row.digest, row.tenant, row.run):
        raise ValueError("the proposal is another one")
    return Review(
        review_id=row.review_id,
        proposal=proposal,
        decision=json.loads(row.decision),
        requester=row.requester,
        requester_human=row.requester_human,
        summary=row.summary,
        state=ReviewState(row.state),
        due_at=datetime.fromisoformat(row.due_at).astimezone(UTC),
        escalated_at=row.escalated_at,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        message=row.message,
        edited_args=None if row.edited_args is None else json.loads(row.edited_args),
        signatures=tuple(
            Countersignature(**item | {"type": AnswerType(item["type"])}) for item in json.loads(row.signatures)
        ),
    )
