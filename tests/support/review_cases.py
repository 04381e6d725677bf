"""People, proposals and reviews for tests of signing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from countersign.policies.domain.canonical import canonicalize
from countersign.policies.domain.decision import Decision, Obligations, Verdict
from countersign.policies.domain.principal import Principal
from countersign.policies.domain.proposal import Proposal
from countersign.policies.review.review import Answer, AnswerType, Review
from countersign.policies.review.store import ReviewStore

NOW = datetime(2026, 3, 16, 9, tzinfo=UTC)
APPROVE = Answer(AnswerType.APPROVE)
REJECT = Answer(AnswerType.REJECT, "too much")


def who(user_id: str, *roles: str, tenant: str = "halden", person: str = "") -> Principal:
    return Principal(user_id, tenant, frozenset(roles), person=person)


MARA = who("mara", "support_agent")
MARA_ADMIN = who("mara.admin", "support_manager", person="mara")
TOM = who("tom", "support_manager")
TOM_TOO = who("tom.other", "controller", person="tom")
SVEN = who("sven", "support_manager")
KARL = who("karl", "controller")
INES = who("ines", "cfo")
STRANGER = who("tom", "support_manager", tenant="other")


def proposal(**args: Any) -> Proposal:
    return Proposal("refunds.issue", "1", canonicalize(args), "support", "mara", "halden", "thread-1", "run-1", "rev-1")


def decision(of: Proposal, *seats: str, escalate: tuple[str, ...] = ()) -> Decision:
    duties = Obligations(seats=seats or ("support_manager",), deadline=timedelta(days=1), escalate=escalate)
    return Decision(Verdict.REVIEW, ("support.refund",), ("Above the limit.",), of.digest, "rev-1", obligations=duties)


Opener = Callable[..., Review]


def opener(reviews: ReviewStore) -> Opener:
    """Opens a review of a refund; another amount is another review."""

    def make(*seats: str, amount: int = 38900, escalate: tuple[str, ...] = ()) -> Review:
        asked = proposal(order_id="ORD-8841", amount_minor=amount)
        return reviews.open(asked, decision(asked, *seats, escalate=escalate), MARA, "Refund 389.00", NOW)

    return make
