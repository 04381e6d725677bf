"""Reviews stand in a table, and each change of one leaves a trace in the audit log.

A row that no longer matches its digest is no review. A change and its audit record stand in one transaction.
"""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, Connection, Index, Integer, MetaData, Row, Table, Text

from ..audit.log import AuditEvent, AuditLog
from ..audit.row_seals import add_row_seals, read_row_seal
from ..domain.canonical import canonicalize, compute_digest
from ..domain.decision import Decision
from ..domain.principal import Principal
from ..domain.proposal import Proposal
from ..errors import CountersignError, Tampered
from .deadlines import compute_follow_up
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
    Column("editor_human", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("proposal", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("shown", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("due_at", Text, nullable=False),
    Column("follow_up_at", Text),
    Column("reminders", Integer, nullable=False),
    Column("level", Integer, nullable=False),
    Column("escalated_at", Text),
    Column("opened_at", Text, nullable=False),
    Column("closed_at", Text),
    Column("message", Text, nullable=False, default=""),
    Column("edited_args", Text),
    Column("revises", Text, nullable=False),
    Column("rework", Integer, nullable=False),
    Column("signatures", Text, nullable=False, default="[]"),
    Index("reviews_open", "tenant", "state", "due_at"),
    Index("reviews_by_run", "run"),
    Index("reviews_by_thread", "thread"),
)


def build_opening_row(
    proposal: Proposal,
    decision: Decision,
    requester: Principal,
    summary: str,
    now: datetime,
    *,
    editor: Principal | None,
    before: Review | None,
) -> dict[str, Any]:
    """The row of a review that opens now.

    Args:
        editor: the reviewer whose edit the proposal is.
        before: the review that was sent back for changes and that this one comes after.
    """
    opened = decision.record() | {"shown": compute_digest(decision.records)}
    due = now + decision.obligations.deadline
    return {
        "review_id": f"REV-{proposal.digest[:12]}",
        "digest": proposal.digest,
        "tenant": proposal.tenant,
        "thread": proposal.thread,
        "run": proposal.run,
        "requester": requester.user_id,
        "requester_human": requester.human,
        "editor_human": editor.human if editor else "",
        "summary": summary,
        "proposal": canonicalize(proposal.record()),
        "decision": canonicalize(opened),
        "shown": canonicalize(decision.records),
        "state": ReviewState.OPEN,
        "due_at": due.isoformat(),
        "follow_up_at": compute_follow_up(opened, now, due),
        "reminders": 0,
        "level": 0,
        "opened_at": now.isoformat(),
        "message": "",
        "revises": before.review_id if before else "",
        "rework": before.rework + 1 if before else 0,
        "signatures": "[]",
    }


def read_sound_reviews(rows: Iterable[Row[Any]]) -> list[Review]:
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
    decision, shown = json.loads(row.decision), json.loads(row.shown)
    if compute_digest(shown) != decision["shown"]:
        raise ValueError("the reviewer was shown something else")
    return Review(
        review_id=row.review_id,
        proposal=proposal,
        decision=decision,
        shown=shown,
        requester=row.requester,
        requester_human=row.requester_human,
        editor_human=row.editor_human,
        summary=row.summary,
        state=ReviewState(row.state),
        due_at=datetime.fromisoformat(row.due_at).astimezone(UTC),
        follow_up_at=None if row.follow_up_at is None else datetime.fromisoformat(row.follow_up_at).astimezone(UTC),
        reminders=row.reminders,
        level=row.level,
        escalated_at=row.escalated_at,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        message=row.message,
        edited_args=None if row.edited_args is None else json.loads(row.edited_args),
        revises=row.revises,
        rework=row.rework,
        signatures=tuple(
            Countersignature(**item | {"type": AnswerType(item["type"])}) for item in json.loads(row.signatures)
        ),
    )


class ReviewLog:
    """Writes the audit records of reviews.

    Args:
        audit: in the database of the reviews.
    """

    def __init__(self, audit: AuditLog) -> None:
        self._audit = audit

    def check(self, connection: Connection, digest: str, review_id: str) -> None:
        """Checks that a review stands as the log last saw it.

        Raises:
            Tampered: it was changed behind the log's back.
        """
        self._audit.check_rows_in(connection, digest, (table, review_id))

    def add(
        self,
        connection: Connection,
        kind: str,
        actor: str,
        keys: Mapping[str, str],
        body: Mapping[str, Any],
        *before: AuditEvent,
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
        event = AuditEvent(kind, actor, keys["tenant"], keys["thread"], keys["run"], evidence, subject=digest)
        own = read_row_seal(connection, table, keys["review_id"])
        self._audit.append_in(connection, *before, add_row_seals(event, own, *rows))
