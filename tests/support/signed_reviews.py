"""A desk with keys: reviews that are opened, answered and signed in real databases and key folders."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from countersign.policies.audit.log import AuditEvent
from countersign.policies.crypto.private_keys import KeyFolder
from countersign.policies.crypto.signing import KeyStore
from countersign.policies.domain.canonical import canonicalize
from countersign.policies.domain.decision import Decision, Obligations, Verdict
from countersign.policies.domain.principal import Principal
from countersign.policies.domain.proposal import Proposal
from countersign.policies.governance.governance import open_governance
from countersign.policies.receipts.issuer import EffectRecord
from countersign.policies.review.countersignature import SignedCountersignature
from countersign.policies.review.review import Answer, AnswerType, Review
from countersign.policies.storage.database import make_sqlite_url, open_database

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
        "arguments": canonicalize({"order_id": "O-1001", "amount_minor": amount, "currency": "EUR"}),
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

    def __post_init__(self) -> None:
        self.engine = open_database(make_sqlite_url(self.home / "desk.db"))
        self.books = open_governance(self.engine, self.home, self.store or KeyFolder(self.home / "keys"))
        self.keys, self.heads, self.audit = self.books.keys, self.books.heads, self.books.audit
        self.ring, self.signatures = self.books.ring, self.books.signatures
        self.reviews, self.receipts = self.books.reviews, self.books.receipts

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
        """Takes one answer and returns what was signed."""
        self.reviews.answer(review.review_id, who, answer, now)
        found = self.signatures.read(review.review_id)
        assert found is not None
        return found[1][-1]

    def run(self, review: Review, result: Mapping[str, Any]) -> EffectRecord:
        """Writes down that the effect started and succeeded, as the ledger does."""
        self.audit.append(event("effect.started", review, "agent:support", {"grant": review.review_id}))
        self.audit.append(event("effect.succeeded", review, "agent:support", {"result": result}))
        at = NOW.isoformat()
        return EffectRecord("succeeded", review.review_id, result, "", at, at, at)


def event(kind: str, review: Review, actor: str, body: Mapping[str, Any]) -> AuditEvent:
    """An audit event about a review."""
    wanted = review.proposal
    told = {"review_id": review.review_id, "digest": wanted.digest, **body}
    return AuditEvent(
        kind, actor, wanted.tenant, thread=wanted.thread, run=wanted.run, body=told, subject=wanted.digest
    )
