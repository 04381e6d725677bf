"""The store of reviews: every change is one transaction with its audit record.

A review lives in SQL and not in a graph; the graph's interrupt only points at it. Answers are taken under the
database's write lock, so that of many at once each is judged in turn.
"""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Engine, Index, MetaData, Row, Table, Text, insert, select, update

from .audit import Audit, Event
from .canonical import canonical
from .database import reading, writing
from .decision import Decision, Verdict
from .errors import BadInput, NotAllowed, Tampered
from .principal import Principal
from .proposal import Proposal
from .review import Answer, AnswerType, Countersignature, Review, ReviewState

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


class Reviews:
    """All reviews in one database.

    Args:
        engine: the database; the table is made when missing.
        audit: in the same database, so that an answer and its record stand or fall together.
    """

    def __init__(self, engine: Engine, audit: Audit) -> None:
        self._engine = engine
        self._audit = audit
        with writing(engine) as connection:
            metadata.create_all(connection)

    def open(self, proposal: Proposal, decision: Decision, requester: Principal, summary: str, now: datetime) -> Review:
        """Opens the review for a proposal, or returns the one its digest already has.

        Raises:
            NotAllowed: the decision is not to review, or names nobody who could.
        """
        if decision.verdict is not Verdict.REVIEW or not decision.obligations.seats:
            raise NotAllowed(f"Policy did not name reviewers for {proposal.tool}; it cannot be put to review.")
        seats = list(decision.obligations.seats)
        row = {
            "review_id": f"REV-{proposal.digest[:12]}",
            "digest": proposal.digest,
            "tenant": proposal.tenant,
            "thread": proposal.thread,
            "run": proposal.run,
            "requester": requester.user_id,
            "requester_human": requester.human,
            "summary": summary,
            "proposal": canonical(proposal.record()),
            "decision": canonical(decision.record()),
            "state": ReviewState.OPEN,
            "due_at": (now + decision.obligations.deadline).isoformat(),
            "opened_at": now.isoformat(),
            "message": "",
            "signatures": "[]",
        }
        with writing(self._engine, durable=True) as connection:
            known = connection.execute(select(table).where(table.c.digest == proposal.digest)).first()
            if known is None:
                connection.execute(insert(table), row)
                self._record(connection, "review.opened", requester.user_id, row, {"summary": summary, "seats": seats})
        return self.get(str(row["review_id"]))

    def get(self, review_id: str) -> Review:
        """The review with this id.

        Raises:
            BadInput: there is none.
            Tampered: its proposal no longer has the digest that it was opened with.
        """
        with reading(self._engine) as connection:
            row = connection.execute(select(table).where(table.c.review_id == review_id)).first()
        if row is None:
            raise BadInput(f"There is no review {review_id}; `countersign reviews list` shows those that wait.")
        return _review(row)

    def find(
        self, *, tenant: str, state: ReviewState | None = ReviewState.OPEN, run: str = "", thread: str = ""
    ) -> list[Review]:
        """The reviews of a tenant that match, those due first at the front."""
        query = select(table).where(table.c.tenant == tenant).order_by(table.c.due_at, table.c.review_id)
        if state is not None:
            query = query.where(table.c.state == state)
        if run:
            query = query.where(table.c.run == run)
        if thread:
            query = query.where(table.c.thread == thread)
        with reading(self._engine) as connection:
            return [_review(row) for row in connection.execute(query).all()]

    def inbox(self, principal: Principal) -> list[Review]:
        """The open reviews that this principal may answer."""
        return [review for review in self.find(tenant=principal.tenant) if review.refuse(principal) is None]

    def covers(self, review_id: str, proposal: Proposal, decision: Decision) -> str | None:
        """Why this review does not let the proposal run under what policy says now, or ``None`` when it does.

        Raises:
            BadInput: there is no such review.
            Tampered: its record was changed.
        """
        review = self.get(review_id)
        if review.proposal.digest != proposal.digest:
            return f"Review {review_id} is about another proposal."
        if review.state is not ReviewState.APPROVED:
            return f"Review {review_id} is {review.state}, not approved."
        signed = Counter(item.role for item in review.signatures if item.type is AnswerType.APPROVE)
        missing = Counter(decision.obligations.seats) - signed
        if missing:
            return f"Policy now asks for {' and '.join(missing.elements())} too; ask again to open a new review."
        return None

    def answer(self, review_id: str, principal: Principal, answer: Answer, now: datetime) -> Review:
        """Records one countersignature and settles the review when it decides it.

        Raises:
            BadInput: no such review, it is closed already, or the answer lacks a reason or arguments.
            NotAllowed: this principal may not answer it.
        """
        answer.check()
        self.sweep(now, review_id=review_id)
        with writing(self._engine, durable=True) as connection:
            row = connection.execute(select(table).where(table.c.review_id == review_id)).first()
            if row is None:
                raise BadInput(f"There is no review {review_id}; `countersign reviews list` shows those that wait.")
            review = _review(row)
            refusal = review.refuse(principal)
            if review.state is not ReviewState.OPEN:
                if principal.tenant != review.proposal.tenant:
                    raise BadInput(f"There is no review {review_id}; `countersign reviews list` shows those that wait.")
                raise BadInput(f"Review {review_id} is {review.state} already; nothing was changed.")
            if refusal is None:
                return self._sign(connection, review, principal, answer, now)
            self._record(connection, "review.refused", principal.user_id, review.keys, {"reason": refusal})
        raise NotAllowed(f"Review {review_id}: {refusal}")

    def withdraw(self, review_id: str, principal: Principal, now: datetime) -> Review:
        """Takes back one's own request.

        Raises:
            NotAllowed: somebody else made the request.
            BadInput: it is closed already.
        """
        review = self.get(review_id)
        if principal.tenant != review.proposal.tenant or principal.human != review.requester_human:
            raise NotAllowed(f"Only the requester may withdraw review {review_id}.")
        with writing(self._engine, durable=True) as connection:
            if not self._close(connection, review, ReviewState.WITHDRAWN, "Withdrawn by the requester.", now):
                raise BadInput(f"Review {review_id} is closed already; nothing was changed.")
            self._record(connection, "review.withdrawn", principal.user_id, review.keys, {})
        return self.get(review_id)

    def sweep(self, now: datetime, *, review_id: str = "") -> list[Review]:
        """Escalates open reviews whose deadline has passed, and closes those that have nobody left to ask.

        Returns:
            The reviews that were closed.
        """
        query = select(table).where(table.c.state == ReviewState.OPEN, table.c.due_at <= now.isoformat())
        if review_id:
            query = query.where(table.c.review_id == review_id)
        with reading(self._engine) as connection:
            late = [_review(row) for row in connection.execute(query).all()]
        closed = []
        for review in late:
            with writing(self._engine, durable=True) as connection:
                if review.escalation and review.escalated_at is None:
                    self._escalate(connection, review, now)
                elif self._close(connection, review, ReviewState.EXPIRED, "Nobody answered in time.", now):
                    self._record(connection, "review.expired", "system", review.keys, {})
                    closed.append(review.review_id)
        return [self.get(found) for found in closed]

    def _escalate(self, connection: Connection, review: Review, now: datetime) -> None:
        due = now + timedelta(seconds=review.decision["deadline_seconds"])
        moved = connection.execute(
            update(table)
            .where(table.c.review_id == review.review_id, table.c.escalated_at.is_(None))
            .values(escalated_at=now.isoformat(), due_at=due.isoformat())
        )
        if moved.rowcount:
            self._record(connection, "review.escalated", "system", review.keys, {"to": list(review.escalation)})

    def _sign(
        self, connection: Connection, review: Review, principal: Principal, answer: Answer, now: datetime
    ) -> Review:
        after = review.signed(principal, answer, now)
        connection.execute(
            update(table)
            .where(table.c.review_id == review.review_id)
            .values(
                state=after.state,
                closed_at=after.closed_at,
                message=after.message,
                edited_args=None if after.edited_args is None else canonical(after.edited_args),
                signatures=canonical([signature.record() for signature in after.signatures]),
            )
        )
        evidence: dict[str, Any] = {**after.signatures[-1].record(), "state": str(after.state)}
        if answer.args is not None:
            evidence |= {"before": review.proposal.args, "after": answer.args}
        self._record(connection, "review.answered", principal.user_id, review.keys, evidence)
        return after

    def _close(self, connection: Connection, review: Review, state: ReviewState, message: str, now: datetime) -> bool:
        closed = connection.execute(
            update(table)
            .where(table.c.review_id == review.review_id, table.c.state == ReviewState.OPEN)
            .values(state=state, closed_at=now.isoformat(), message=message)
        )
        return closed.rowcount == 1

    def _record(
        self, connection: Connection, kind: str, actor: str, keys: Mapping[str, str], body: Mapping[str, Any]
    ) -> None:
        evidence = {"review_id": keys["review_id"], "digest": keys["digest"], **body}
        event = Event(kind, actor, keys["tenant"], thread=keys["thread"], run=keys["run"], body=evidence)
        self._audit.append_in(connection, event)


def _review(row: Row[Any]) -> Review:
    proposal = Proposal.from_record(json.loads(row.proposal))
    if proposal.digest != row.digest:
        raise Tampered(
            f"Review {row.review_id} no longer matches its digest; the record was changed. It cannot be used."
        )
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
