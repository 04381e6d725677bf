"""A decision is policy's answer to a proposal, a value with its reasons."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from .retention import RetentionClass


class Verdict(StrEnum):
    """What policy says. Deny beats review, review beats allow."""

    ALLOW = "allow"
    REVIEW = "review"
    DENY = "deny"


class Expiry(StrEnum):
    """What an unanswered review becomes at the end of its escalation: denied, allowed, or open until answered."""

    DENY = "deny"
    ALLOW = "allow"
    WAIT = "wait"


class Priority(StrEnum):
    """How urgent a review is; the first is the least."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"

    @property
    def rank(self) -> int:
        """Its place, from 0."""
        return list(Priority).index(self)


@dataclass(frozen=True, slots=True)
class Obligations:
    """What comes with a decision.

    Attributes:
        seats: one role per countersignature that is needed, e.g. ``("support_manager", "controller")``, or one
            person's id after ``user:``; each seat is taken by another person.
        deadline: how long the review may stay open before it escalates or ends.
        escalate: roles that may answer too, one more each time a deadline passes, in order.
        mask: dotted paths of result fields that must be masked.
        retain: the retention class that rules chose for what is remembered, or ``None`` where none speaks of it.
        on_expiry: what an unanswered review becomes.
        owner: the role that answers for the review's coming to an end.
        priority: how urgent it is.
        remind: after how long without an answer those who may answer are reminded; half of the deadline by default.
    """

    seats: tuple[str, ...] = ()
    deadline: timedelta = timedelta(days=2)
    escalate: tuple[str, ...] = ()
    mask: tuple[str, ...] = ()
    retain: RetentionClass | None = None
    on_expiry: Expiry = Expiry.DENY
    owner: str = ""
    priority: Priority = Priority.NORMAL
    remind: timedelta | None = None


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
        records: the records it was judged on, by name; shown to reviewers, not part of :meth:`record`.
        observed: what rules that only observe would have done, as ``id: effect``.
    """

    verdict: Verdict
    rules: tuple[str, ...]
    reasons: tuple[str, ...]
    digest: str
    policy_revision: str
    sections: tuple[str, ...] = ()
    obligations: Obligations = Obligations()
    records: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    observed: tuple[str, ...] = ()

    def record(self) -> dict[str, Any]:
        """The decision as plain JSON data."""
        duties = self.obligations
        remind = duties.deadline / 2 if duties.remind is None else duties.remind
        return {
            "verdict": str(self.verdict),
            "rules": list(self.rules),
            "reasons": list(self.reasons),
            "sections": list(self.sections),
            "digest": self.digest,
            "policy_revision": self.policy_revision,
            "seats": list(duties.seats),
            "deadline_seconds": int(duties.deadline.total_seconds()),
            "escalate": list(duties.escalate),
            "mask": list(duties.mask),
            "on_expiry": str(duties.on_expiry),
            "owner": duties.owner,
            "priority": str(duties.priority),
            "remind_seconds": int(remind.total_seconds()),
            **({"retain": str(duties.retain)} if duties.retain else {}),
            **({"observed": list(self.observed)} if self.observed else {}),
        }
