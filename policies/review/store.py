"""The store keeps reviews; every change is one transaction with its audit record.

A review lives in SQL and not in a graph; the graph's interrupt only points at it. Answers are taken under the
database's write lock, so that of many at once each is judged in turn.
"""

from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, or_, select, update

from ..audit.log import AuditLog
from ..domain.canonical import canonicalize
from ..domain.decision import Decision, Expiry, Verdict
from ..domain.principal import Principal
from ..domain.proposal import Proposal
from ..errors import BadInput, NotAllowed, Tampered
from ..storage.database import begin_read, begin_write
from . import in_doubt
from .answers import check_fit, find_bar, find_refusal
from .countersignature_store import CountersignatureStore
from .countersignature_store import table as signed_answers
from .deadlines import find_next_step
from .records import ReviewLog, build_opening_row, read_review, read_sound_reviews, table
from .review import Answer, AnswerType, Review, ReviewState
from .wording import format_review_state


class ReviewStore:
    """All reviews in one database.

    Args:
        engine: the database, its schema up to date.
        audit: in the same database, so that an answer and its record stand or fall together.
        signatures: in the same database; they sign the answers, and no review counts that they do not bear out.
    """

    def __init__(self, engine: Engine, audit: AuditLog, signatures: CountersignatureStore) -> None:
        self._engine = engine
        self._log = ReviewLog(audit)
        self._signatures = signatures
        audit.guard_tables(table, signed_answers)

    def open(
        self,
        proposal: Proposal,
        decision: Decision,
        requester: Principal,
        summary: str,
        now: datetime,
        *,
        editor: Principal | None = None,
    ) -> Review:
        """Opens the review for a proposal, or returns the one its digest already has.

        Args:
            editor: the reviewer whose edit this proposal is.

        Raises:
            NotAllowed: the decision is not to review, or names nobody who could.
        """
        if decision.verdict is not Verdict.REVIEW or not decision.obligations.seats:
            raise NotAllowed(f"Policy did not name reviewers for {proposal.tool}; it cannot be put to review.")
        with begin_write(self._engine, durable=True) as connection:
            known = connection.execute(select(table.c.review_id).where(table.c.digest == proposal.digest)).scalar()
            if known is None:
                before = self._find_sent_back(connection, proposal)
                row = build_opening_row(proposal, decision, requester, summary, now, editor=editor, before=before)
                connection.execute(insert(table), row)
                body: dict[str, Any] = {"summary": summary, "seats": list(decision.obligations.seats)}
                if before is not None:
                    body |= {"revises": before.review_id, "rework": before.rework + 1}
                self._log.add(connection, "review.opened", requester.user_id, row, body)
                known = row["review_id"]
        return self.get(str(known))

    def get(self, review_id: str) -> Review:
        """The review with this id.

        Raises:
            BadInput: there is none.
            Tampered: its proposal no longer has the digest that it was opened with, or its countersignatures do not
                bear it out.
        """
        found = self._signatures.read(review_id)
        if found is None:
            raise _make_unknown(review_id)
        return found[0]

    def find(
        self,
        *,
        tenant: str,
        state: ReviewState | None = ReviewState.OPEN,
        run: str = "",
        thread: str = "",
        closed_since: str = "",
    ) -> list[Review]:
        """The reviews of a tenant that match, those due first at the front.

        One whose record was changed is left out, so that it stops nobody else's work; :meth:`get` refuses it.
        """
        query = select(table).where(table.c.tenant == tenant).order_by(table.c.due_at, table.c.review_id)
        for column, wanted in ((table.c.state, state), (table.c.run, run or None), (table.c.thread, thread or None)):
            if wanted is not None:
                query = query.where(column == wanted)
        if closed_since:
            query = query.where(table.c.closed_at >= closed_since)
        return read_sound_reviews(self._rows(query))

    def inbox(self, principal: Principal) -> list[Review]:
        """The open reviews that this principal may answer."""
        return [review for review in self.find(tenant=principal.tenant) if review.refuse(principal) is None]

    def find_mismatch(
        self, review_id: str, proposal: Proposal, decision: Decision, oldest: datetime | None = None
    ) -> str | None:
        """Why this review does not let the proposal run under what policy says now, or ``None`` when it does.

        Args:
            oldest: what was closed before this moment is too old to act on.

        Raises:
            BadInput: there is no such review.
            Tampered: its record was changed, or its countersignatures do not bear it out.
        """
        review = self.get(review_id)
        if review.proposal.digest != proposal.digest:
            return f"Review {review_id} is about another proposal."
        if oldest and review.closed_at and datetime.fromisoformat(review.closed_at) < oldest:
            return f"Review {review_id} was closed on {review.closed_at[:16]} UTC, too long ago to act on; ask again."
        if review.state is ReviewState.LAPSED:
            lets = decision.verdict is Verdict.ALLOW or decision.obligations.on_expiry is Expiry.ALLOW
            return None if lets else f"Nobody answered review {review_id}, and policy now asks for an answer."
        if review.state is not ReviewState.APPROVED:
            return f"Review {review_id} is {review.state}, not approved."
        approvals = [item for item in review.signatures if item.type is AnswerType.APPROVE]
        signed = Counter(item.role for item in approvals)
        missing = Counter(decision.obligations.seats) - signed
        if missing:
            return f"Policy now asks for {' and '.join(missing.elements())} too; ask again to open a new review."
        return None

    def find_bar(self, proposal: Proposal) -> str | None:
        """Why a call may not run without a review, whatever policy says now; see :func:`.answers.find_bar`."""
        return find_bar(self._rows(select(table).where(table.c.run == proposal.run)), proposal)

    def answer(
        self, review_id: str, principal: Principal, answer: Answer, now: datetime, *, to: Principal | None = None
    ) -> Review:
        """Records one countersignature and settles the review when it decides it.

        Args:
            to: whom a delegation asks, as the directory knows them.

        Raises:
            BadInput: no such review, it is closed already, or the answer lacks a reason or arguments.
            NotAllowed: this principal may not give this answer, or their key was revoked.
            StorageError: their key cannot be used; nothing is recorded.
        """
        answer.check()
        review = self._read_own(review_id, principal)
        if review.state is ReviewState.OPEN and find_refusal(review, principal, answer, to) is None:
            self._signatures.ensure_key(principal.tenant, principal.user_id)
        self.sweep(now, review_id=review_id)
        with begin_write(self._engine, durable=True) as connection:
            review = self._read_locked(connection, review_id)
            if review.state is not ReviewState.OPEN:
                raise BadInput(
                    f"Review {review_id} is {format_review_state(review.state)} already; nothing was changed."
                )
            refused = find_refusal(review, principal, answer, to)
            if refused is None:
                check_fit(review, answer)
                return self._sign(connection, review, principal, answer, now)
            self._log.add(connection, "review.refused", principal.user_id, review.keys, {"reason": refused})
        raise NotAllowed(f"Review {review_id}: {refused}")

    def withdraw(self, review_id: str, principal: Principal, now: datetime, reason: str = "") -> Review:
        """Takes back one's own request.

        Raises:
            NotAllowed: somebody else made the request.
            BadInput: no such review, or it is closed already.
        """
        words = reason or "Withdrawn by the requester."
        return self.answer(review_id, principal, Answer(AnswerType.WITHDRAW, words), now)

    def abandon(self, run: str, tenant: str, reason: str, now: datetime) -> None:
        """Closes the open reviews of a run that ended without them, so that nobody signs what can no longer run.

        The question whether something happened stays open: it is about what was done, not about what is still wished.
        """
        for review in self.find(tenant=tenant, run=run):
            if review.proposal.tool != in_doubt.SETTLE_TOOL:
                self.close_moot(review.review_id, reason, now)

    def close_moot(self, review_id: str, reason: str, now: datetime) -> None:
        """Closes an open review whose answer is no longer needed."""
        values = {"state": ReviewState.WITHDRAWN, "closed_at": now.isoformat(), "message": reason}
        with begin_write(self._engine, durable=True) as connection:
            found = self._read_sound(connection, review_id)
            if found is not None and found.state is ReviewState.OPEN:
                self._change(connection, review_id, values)
                self._log.add(connection, "review.withdrawn", "system", found.keys, {"reason": reason})

    def sweep(self, now: datetime, *, review_id: str = "") -> list[Review]:
        """Does what time has made due: reminds, escalates, and ends open reviews (see :mod:`.deadlines`).

        Returns:
            The reviews that were closed.
        """
        due = or_(table.c.due_at <= now.isoformat(), table.c.follow_up_at <= now.isoformat())
        query = select(table).where(table.c.state == ReviewState.OPEN, due)
        if review_id:
            query = query.where(table.c.review_id == review_id)
        closed = []
        for late in read_sound_reviews(self._rows(query)):
            with begin_write(self._engine, durable=True) as connection:
                found = self._read_sound(connection, late.review_id)
                step = find_next_step(found, now) if found else None
                if step is not None:
                    self._change(connection, late.review_id, dict(step.values))
                    self._log.add(connection, step.kind, "system", late.keys, step.body)
            if step is not None and step.closes:
                closed.append(late.review_id)
        return [self.get(found) for found in closed]

    def _read_own(self, review_id: str, principal: Principal) -> Review:
        """The review, if it is of the principal's tenant; what is not is spoken of as if it were not there."""
        with begin_read(self._engine) as connection:
            tenant = connection.execute(select(table.c.tenant).where(table.c.review_id == review_id)).scalar()
        if tenant != principal.tenant:
            raise _make_unknown(review_id)
        return self.get(review_id)

    def _read_locked(self, connection: Connection, review_id: str) -> Review:
        """The review as it stands now, and as the log knows it; nobody else can change it meanwhile."""
        query = select(table).where(table.c.review_id == review_id).with_for_update()
        row = connection.execute(query).first()
        if row is None:
            raise _make_unknown(review_id)
        self._log.check(connection, row.digest, review_id)
        return read_review(row)

    def _read_sound(self, connection: Connection, review_id: str) -> Review | None:
        """The same, or nothing when it was changed, so that it stops nobody else's work."""
        try:
            return self._read_locked(connection, review_id)
        except Tampered:
            return None

    def _rows(self, query: Any) -> list[Row[Any]]:
        with begin_read(self._engine) as connection:
            return list(connection.execute(query).all())

    def _find_sent_back(self, connection: Connection, proposal: Proposal) -> Review | None:
        """The review of the same tool in the same conversation that was sent back last and not revised yet."""
        here = (table.c.thread == proposal.thread, table.c.tenant == proposal.tenant)
        back = select(table).where(*here, table.c.state == ReviewState.CHANGES).order_by(table.c.closed_at.desc())
        revised = set(connection.execute(select(table.c.revises).where(*here, table.c.revises != "")).scalars())
        for review in read_sound_reviews(connection.execute(back).all()):
            same = (review.proposal.tool, review.requester) == (proposal.tool, proposal.user_id)
            if same and review.review_id not in revised:
                return review
        return None

    def _sign(
        self, connection: Connection, review: Review, principal: Principal, answer: Answer, now: datetime
    ) -> Review:
        after = review.with_answer(principal, answer, now)
        self._change(
            connection,
            review.review_id,
            {
                "state": after.state,
                "closed_at": after.closed_at,
                "message": after.message,
                "edited_args": None if after.edited_args is None else canonicalize(after.edited_args),
                "signatures": canonicalize([signature.record() for signature in after.signatures]),
            },
        )
        sealed, events = self._signatures.sign_answer_in(connection, after, answer.args, now)
        evidence: dict[str, Any] = {**sealed.record(), "state": str(after.state)}
        if answer.args is not None:
            evidence |= {"before": review.proposal.args, "after": answer.args}
        rows = (self._signatures.read_seal(connection, review.review_id),)
        self._log.add(connection, "review.answered", principal.user_id, review.keys, evidence, *events, rows=rows)
        return after

    def _change(self, connection: Connection, review_id: str, values: dict[str, Any]) -> None:
        connection.execute(update(table).where(table.c.review_id == review_id).values(values))


def _make_unknown(review_id: str) -> BadInput:
    return BadInput(f"There is no review {review_id}; `countersign reviews list` shows those that wait.")
