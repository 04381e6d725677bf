"""Reviews of one refund, as reviewers are shown them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from countersign.policies.domain.canonical import canonicalize
from countersign.policies.domain.decision import Decision, Obligations, Priority, Verdict
from countersign.policies.domain.principal import Principal
from countersign.policies.domain.proposal import Proposal
from countersign.policies.review.review import Review
from countersign.policies.review.store import ReviewStore

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


MARA = Principal("mara.voss", "t", frozenset({"support_agent"}))


TOM = Principal("tom.adler", "t", frozenset({"support_manager"}))


KARL = Principal("karl.weiss", "t", frozenset({"controller"}))


OLGA = Principal("olga.reis", "t", frozenset({"auditor"}))


ELSEWHERE = Principal("tom.adler", "other", frozenset({"support_manager", "auditor"}))


ARGS = {"order_id": "ORD-8841", "amount_minor": 450_000, "currency": "EUR", "reason": "damaged"}


RECORDS = {"customer": {"note": "VIP\u200b"}, "order": {"refundable_minor": 450_000, "currency": "EUR"}}


def opened(reviews: ReviewStore, args: Mapping[str, Any] = ARGS, run: str = "run-1", **fields: Any) -> Review:
    """A review of a refund that Mara asked for and a support manager must sign.

    Fields: ``provenance``, ``shown``, ``seats``, ``priority``, ``days`` until it is due.
    """
    provenance = fields.get("provenance", dict.fromkeys(args, "user"))
    proposal = Proposal(
        "refunds.issue", "1", canonicalize(args), "support", "mara.voss", "t", "t/mara.voss/x", run, "rev", provenance
    )
    duties = Obligations(
        seats=fields.get("seats", ("support_manager",)),
        deadline=timedelta(days=fields.get("days", 2)),
        escalate=("controller", "cfo"),
        owner="support_manager",
        priority=fields.get("priority", Priority.HIGH),
    )
    decision = Decision(
        Verdict.REVIEW,
        ("support.refund.medium",),
        ("Refunds above 100.00 EUR need a manager.",),
        proposal.digest,
        "rev",
        ("support-handbook#3.2",),
        duties,
        fields.get("shown", RECORDS),
    )
    return reviews.open(proposal, decision, MARA, "Refund 4,500.00 EUR on ORD-8841", NOW)
