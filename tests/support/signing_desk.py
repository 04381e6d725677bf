"""A desk with keys: reviews that are opened, answered and signed in real databases and key folders."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from countersign.policies.audit import Audit, Event, head
from countersign.policies.canonical import canonical
from countersign.policies.countersignatures import Countersignatures
from countersign.policies.countersigning import SignedCountersignature
from countersign.policies.database import open_database, sqlite_url, writing
from countersign.policies.decision import Decision, Obligations, Verdict
from countersign.policies.heads import Heads
from countersign.policies.keyfolder import KeyFolder
from countersign.policies.keyring import KeyRing
from countersign.policies.principal import Principal
from countersign.policies.proposal import Proposal
from countersign.policies.receipt_issuing import EffectRecord, Receipts
from countersign.policies.review import Answer, AnswerType, Review
from countersign.policies.review_rows import table as reviews_table
from countersign.policies.reviews import Reviews
from countersign.policies.signing import KeyStore
from sqlalchemy import select, update

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
MARA = Principal("mara.voss", "acme", frozenset({"support_agent"}), person="p-mara")
BEN = Principal("ben.ito", "acme", frozenset({"support_manager"}), person="p-ben")
CARA = Principal("cara.lund", "acme", frozenset({"controller"}), person="p-cara")
APPROVE = Answer(AnswerType.APPROVE)


def proposal(amount: int = 48_000, **fields: Any) -> Proposal:
    """A refund that mara asks for."""
    told: dict[str, Any] = {
        "tool": "refunds.issue",
        "version": "1",
        "arguments": canonical({"order_id": "O-1001", "amount_minor": amount, "currency": "EUR"}),
        "agent": "support",
        "user_id": MARA.user_id,
        "tenant": MARA.tenant,
        "thread": "acme/mara.voss/main",
        "run": "run-1",
        "policy_revision": "rev-1",
        "provenance": {"amount_minor": "user"},
    }
    return Proposal(**told | fields)


def decision(of: Proposal, *seats: str) -> Decision:
    """Policy's answer that asks these seats."""
    obligations = Obligations(seats=seats, deadline=timedelta(days=2))
    reasons = ("Refunds above 200.00 EUR need a manager.",)
    return Decision(
        Verdict.REVIEW, ("support.refund",), reasons, of.digest, "rev-1", ("support-handbook#3.2",), obligations
    )


@dataclass
class Desk:
    """Everything that signing needs, in one folder."""

    home: Path
    store: KeyStore | None = None
    audit: Audit = field(init=False)

    def __post_init__(self) -> None:
        self.engine = open_database(sqlite_url(self.home / "desk.db"))
        self.keys = self.store or KeyFolder(self.home / "keys")
        self.audit = Audit(self.engine)
        self.reviews = Reviews(self.engine, self.audit)
        self.ring = KeyRing(self.engine, self.keys)
        self.signatures = Countersignatures(self.engine, self.keys, self.ring)
        self.heads = Heads(self.engine, self.keys)
        self.receipts = Receipts(self.engine, self.keys, self.signatures, self.heads)

    def close(self) -> None:
        """Closes the database."""
        self.engine.dispose()

    def open(self, amount: int = 48_000, seats: tuple[str, ...] = ("support_manager",), **fields: Any) -> Review:
        """A review that waits."""
        wanted = proposal(amount, **fields)
        return self.reviews.open(wanted, decision(wanted, *seats), MARA, f"Refund {amount} cents", NOW)

    def answer(
        self, review: Review, who: Principal, answer: Answer = APPROVE, now: datetime = NOW
    ) -> SignedCountersignature:
        """Takes and signs one answer in one transaction, head included."""
        with writing(self.engine, durable=True) as connection:
            after = self.reviews.get(review.review_id).signed(who, answer, now)
            sealed, events = self.signatures.sign_in(connection, after, answer.args, now)
            connection.execute(
                update(reviews_table)
                .where(reviews_table.c.review_id == review.review_id)
                .values(
                    state=after.state,
                    closed_at=after.closed_at,
                    message=after.message,
                    edited_args=None if after.edited_args is None else canonical(after.edited_args),
                    signatures=canonical([signature.record() for signature in after.signatures]),
                )
            )
            body = sealed.record() | {"state": str(after.state)}
            self.audit.append_in(connection, *events, event("review.answered", review, who.user_id, body))
            last = connection.execute(select(head)).one()
            self.heads.sign_in(connection, last.seq, last.hash, NOW.isoformat())
        return sealed

    def run(self, review: Review, result: Mapping[str, Any]) -> EffectRecord:
        """Writes down that the effect started and succeeded, as the ledger does."""
        self.audit.append(event("effect.started", review, "agent:support", {"grant": review.review_id}))
        self.audit.append(event("effect.succeeded", review, "agent:support", {"result": result}))
        at = NOW.isoformat()
        return EffectRecord("succeeded", review.review_id, result, "", at, at, at)


def event(kind: str, review: Review, actor: str, body: Mapping[str, Any]) -> Event:
    """An audit event about a review."""
    wanted = review.proposal
    told = {"review_id": review.review_id, "digest": wanted.digest, **body}
    return Event(kind, actor, wanted.tenant, thread=wanted.thread, run=wanted.run, body=told)
