"""The store of reviews: every change is one transaction with its audit record.

A review lives in SQL and not in a graph; the graph's interrupt only points at it. Answers are taken under the
database's write lock, so that of many at once each is judged in turn.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from .audit import Audit, Event
from .canonical import canonical
from .countersignatures import Countersignatures
from .database import reading, writing
from .decision import Decision, Verdict
from .errors import BadInput, NotAllowed
from .principal import Principal
from .proposal import Proposal
from .review import Answer, AnswerType, Review, ReviewState
from .review_rows import metadata, read_review, sound_reviews, table
from .seals import read_vouched, vouching
from .tables import make_missing


class Reviews:
    """All reviews in one database.

    Args:
        engine: the database; the table is made when missing.
        audit: in the same database, so that an answer and its record stand or fall together.
        signatures: in the same database; they sign the answers, and no review counts that they do not bear out.
    """

    def __init__(self, engine: Engine, audit: Audit, signatures: Countersignatures) -> None:
        self._engine = engine
        self._audit = audit
        self._signatures = signatures
        make_missing(engine, metadata)

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
            Tampered: its proposal no longer has the digest that it was opened with, or its countersignatures do not
                bear it out.
        """
        found = self._signatures.read(review_id)
        if found is None:
            raise _unknown(review_id)
        return found[0]

    def find(
        self, *, tenant: str, state: ReviewState | None = ReviewState.OPEN, run: str = "", thread: str = ""
    ) -> list[Review]:
        """The reviews of a tenant that match, those due first at the front.

        One whose record was changed is left out, so that it stops nobody else's work; :meth:`get` refuses it.
        """
        query = select(table).where(table.c.tenant == tenant).order_by(table.c.due_at, table.c.review_id)
        if state is not None:
            query = query.where(table.c.state == state)
        if run:
            query = query.where(table.c.run == run)
        if thread:
            query = query.where(table.c.thread == thread)
        with reading(self._engine) as connection:
            return sound_reviews(connection.execute(query).all())

    def inbox(self, principal: Principal) -> list[Review]:
        """The open reviews that this principal may answer."""
        return [review for review in self.find(tenant=principal.tenant) if review.refuse(principal) is None]

    def covers(self, review_id: str, proposal: Proposal, decision: Decision) -> str | None:
        """Why this review does not let the proposal run under what policy says now, or ``None`` when it does.

        Raises:
            BadInput: there is no such review.
            Tampered: its record was changed, or its countersignatures do not bear it out.
        """
        review = self.get(review_id)
        if review.proposal.digest != proposal.digest:
            return f"Review {review_id} is about another proposal."
        if review.state is not ReviewState.APPROVED:
            return f"Review {review_id} is {review.state}, not approved."
        approvals = [item for item in review.signatures if item.type is AnswerType.APPROVE]
        signed = Counter(item.role for item in approvals)
        missing = Counter(decision.obligations.seats) - signed
        if missing:
            return f"Policy now asks for {' and '.join(missing.elements())} too; ask again to open a new review."
        return None

    def answer(self, review_id: str, principal: Principal, answer: Answer, now: datetime) -> Review:
        """Records one countersignature and settles the review when it decides it.

        Raises:
            BadInput: no such review, it is closed already, or the answer lacks a reason or arguments.
            NotAllowed: this principal may not answer it, or their key was revoked.
            StorageError: their key cannot be used; nothing is recorded.
        """
        answer.check()
        review = self._own(review_id, principal)
        if review.state is ReviewState.OPEN and review.refuse(principal) is None:
            self._signatures.ready(principal.tenant, principal.user_id)
        self.sweep(now, review_id=review_id)
        with writing(self._engine, durable=True) as connection:
            review = self._locked(connection, review_id)
            if review.state is not ReviewState.OPEN:
                raise BadInput(f"Review {review_id} is {review.state} already; nothing was changed.")
            refusal = review.refuse(principal)
            if refusal is None:
                if answer.args is not None and canonical(answer.args) == review.proposal.arguments:
                    raise BadInput(f"The edit changes nothing of review {review_id}; approve it instead.")
                return self._sign(connection, review, principal, answer, now)
            self._record(connection, "review.refused", principal.user_id, review.keys, {"reason": refusal})
        raise NotAllowed(f"Review {review_id}: {refusal}")

    def withdraw(self, review_id: str, principal: Principal, now: datetime) -> Review:
        """Takes back one's own request.

        Raises:
            NotAllowed: somebody else made the request.
            BadInput: no such review, or it is closed already.
        """
        review = self._own(review_id, principal)
        if principal.human != review.requester_human:
            raise NotAllowed(f"Only the requester may withdraw review {review_id}.")
        with writing(self._engine, durable=True) as connection:
            if not self._close(connection, review, ReviewState.WITHDRAWN, "Withdrawn by the requester.", now):
                raise BadInput(f"Review {review_id} is closed already; nothing was changed.")
            self._record(connection, "review.withdrawn", principal.user_id, review.keys, {})
        return self.get(review_id)

    def abandon(self, run: str, tenant: str, reason: str, now: datetime) -> None:
        """Closes the open reviews of a run that ended without them, so that nobody signs what can no longer run."""
        for review in self.find(tenant=tenant, run=run):
            with writing(self._engine, durable=True) as connection:
                if self._close(connection, review, ReviewState.WITHDRAWN, reason, now):
                    self._record(connection, "review.withdrawn", "system", review.keys, {"reason": reason})

    def sweep(self, now: datetime, *, review_id: str = "") -> list[Review]:
        """Escalates open reviews whose deadline has passed, and closes those that have nobody left to ask.

        Returns:
            The reviews that were closed.
        """
        query = select(table).where(table.c.state == ReviewState.OPEN, table.c.due_at <= now.isoformat())
        if review_id:
            query = query.where(table.c.review_id == review_id)
        with reading(self._engine) as connection:
            late = sound_reviews(connection.execute(query).all())
        closed = []
        for review in late:
            with writing(self._engine, durable=True) as connection:
                if review.escalation and review.escalated_at is None:
                    self._escalate(connection, review, now)
                elif self._close(connection, review, ReviewState.EXPIRED, "Nobody answered in time.", now):
                    self._record(connection, "review.expired", "system", review.keys, {})
                    closed.append(review.review_id)
        return [self.get(found) for found in closed]

    def _own(self, review_id: str, principal: Principal) -> Review:
        """The review, if it is of the principal's tenant; what is not is spoken of as if it were not there."""
        with reading(self._engine) as connection:
            tenant = connection.execute(select(table.c.tenant).where(table.c.review_id == review_id)).scalar()
        if tenant != principal.tenant:
            raise _unknown(review_id)
        return self.get(review_id)

    def _locked(self, connection: Connection, review_id: str) -> Review:
        """The review as it stands now; nobody else can change it before the transaction ends."""
        query = select(table).where(table.c.review_id == review_id).with_for_update()
        row = connection.execute(query).first()
        if row is None:
            raise _unknown(review_id)
        return read_review(row)

    def _escalate(self, connection: Connection, review: Review, now: datetime) -> None:
        due = now + timedelta(seconds=review.decision["deadline_seconds"])
        moved = connection.execute(
            update(table)
            .where(
                table.c.review_id == review.review_id,
                table.c.state == ReviewState.OPEN,
                table.c.escalated_at.is_(None),
            )
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
        sealed, events = self._signatures.sign_in(connection, after, answer.args, now)
        evidence: dict[str, Any] = {**sealed.record(), "state": str(after.state)}
        if answer.args is not None:
            evidence |= {"before": review.proposal.args, "after": answer.args}
        self._record(connection, "review.answered", principal.user_id, review.keys, evidence, *events)
        return after

    def _close(self, connection: Connection, review: Review, state: ReviewState, message: str, now: datetime) -> bool:
        closed = connection.execute(
            update(table)
            .where(table.c.review_id == review.review_id, table.c.state == ReviewState.OPEN)
            .values(state=state, closed_at=now.isoformat(), message=message)
        )
        return closed.rowcount == 1

    def _record(
        self,
        connection: Connection,
        kind: str,
        actor: str,
        keys: Mapping[str, str],
        body: Mapping[str, Any],
        *before: Event,
    ) -> None:
        evidence = {"review_id": keys["review_id"], "digest": keys["digest"], **body}
        event = Event(
            kind,
            actor,
            keys["tenant"],
            thread=keys["thread"],
            run=keys["run"],
            body=evidence,
            subject=keys["digest"],
        )
        rows = [read_vouched(connection, table, keys["review_id"])]
        if kind == "review.answered":
            rows.append(self._signatures.vouched(connection, keys["review_id"]))
        self._audit.append_in(connection, *before, vouching(event, *rows))


def _unknown(review_id: str) -> BadInput:
    return BadInput(f"There is no review {review_id}; `countersign reviews list` shows those that wait.")
