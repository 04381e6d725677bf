"""A decision: policy's answer to a proposal, a value with its reasons."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """What policy says. Deny beats review, review beats allow."""

    ALLOW = "allow"
    REVIEW = "review"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Obligations:
    """What comes with a decision.

    Attributes:
        seats: one role per countersignature that is needed, e.g. ``("support_manager", "controller")``;
            each seat is taken by another person.
        deadline: how long the review may stay open.
        escalate: roles that may answer too once the deadline is near, in order.
        mask: dotted paths of result fields that must be masked.
        on_expiry: what an unanswered review becomes.
    """

    seats: tuple[str, ...] = ()
    deadline: timedelta = timedelta(days=2)
    escalate: tuple[str, ...] = ()
    mask: tuple[str, ...] = ()
    on_expiry: Verdict = Verdict.DENY


@dataclass(frozen=True, slots=True)
class Decision:
    """Policy's answer to one proposal.

    Attributes:
        verdict: allow, review or deny.
        rules: ids of the rules that determined it, sorted.
        reasons: the same in plain words, one for each rule.
        sections: handbook sections the rules cite, e.g. ``"support-handbook#3.2"``.
        digest: of the proposal that was decided.
        policy_revision: of the packs that decided.
    """

    verdict: Verdict
    rules: tuple[str, ...]
    reasons: tuple[str, ...]
    digest: str
    policy_revision: str
    sections: tuple[str, ...] = ()
    obligations: Obligations = Obligations()

    def record(self) -> dict[str, Any]:
        """The decision as plain JSON data."""
        return {
            "verdict": str(self.verdict),
            "rules": list(self.rules),
            "reasons": list(self.reasons),
            "sections": list(self.sections),
            "digest": self.digest,
            "policy_revision": self.policy_revision,
            "seats": list(self.obligations.seats),
            "deadline_seconds": int(self.obligations.deadline.total_seconds()),
            "escalate": list(self.obligations.escalate),
            "mask": list(self.obligations.mask),
            "on_expiry": str(self.obligations.on_expiry),
        }
