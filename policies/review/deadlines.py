"""Deadlines remind people of an open review, escalate it up its chain, and end it as its rules say. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .review import Review, ReviewState

NOBODY_ANSWERED = "Nobody answered in time."
NOBODY_OBJECTED = "Nobody answered in time; its rules let it run then."


@dataclass(frozen=True, slots=True)
class DeadlineStep:
    """One thing that time does to a review.

    Attributes:
        kind: of the audit record, e.g. ``"review.reminded"``.
        values: the fields that change, as they are stored.
        body: what the audit record tells.
    """

    kind: str
    values: Mapping[str, Any]
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def closes(self) -> bool:
        """Whether it ends the review."""
        return "state" in self.values


def find_next_step(review: Review, now: datetime) -> DeadlineStep | None:
    """What is due by now, or ``None``.

    At its deadline a review goes one role up the escalation chain and gets a new deadline. At the end of the chain it
    ends as its rules say: denied, or allowed (``on_expiry: allow``); a review that must have an answer
    (``on_expiry: wait``) stays open and overdue. Between, those who may answer are reminded.
    """
    if review.state is not ReviewState.OPEN:
        return None
    if now >= review.due_at:
        return _make_deadline_step(review, now)
    if review.follow_up_at is None or now < review.follow_up_at:
        return None
    values: dict[str, Any] = {
        "reminders": review.reminders + 1,
        "follow_up_at": compute_follow_up(review.decision, now, review.due_at),
    }
    return DeadlineStep(
        "review.reminded", values, {"needs": list(review.free_seats), "asked": list(review.named_persons)}
    )


def _make_deadline_step(review: Review, now: datetime) -> DeadlineStep:
    outcome = review.decision["on_expiry"]
    reached = review.escalation[review.level : review.level + 1]
    if not reached and outcome == "allow":
        return DeadlineStep("review.lapsed", _end(ReviewState.LAPSED, NOBODY_OBJECTED, now))
    if not reached and outcome != "wait":
        return DeadlineStep("review.expired", _end(ReviewState.EXPIRED, NOBODY_ANSWERED, now))
    due = now + timedelta(seconds=review.decision["deadline_seconds"])
    values: dict[str, Any] = {
        "level": review.level + len(reached),
        "escalated_at": now.isoformat(),
        "due_at": due.isoformat(),
        "follow_up_at": compute_follow_up(review.decision, now, due),
    }
    return DeadlineStep("review.escalated", values, {"to": list(reached)})


def _end(state: ReviewState, message: str, now: datetime) -> dict[str, Any]:
    return {"state": state, "closed_at": now.isoformat(), "message": message}


def compute_follow_up(decision: Mapping[str, Any], now: datetime, due: datetime) -> str | None:
    """When to remind next, as it is stored; ``None`` when the deadline comes first."""
    after = now + timedelta(seconds=decision["remind_seconds"])
    return after.isoformat() if after < due else None
