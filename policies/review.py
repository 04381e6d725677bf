"""A review as a value: what waits, who may answer it, what an answer makes of it. Pure; ``reviews`` stores it."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from .errors import BadInput
from .principal import Principal
from .proposal import Proposal


class ReviewState(StrEnum):
    """Where a review stands."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    EDITED = "edited"
    ANSWERED = "answered"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class AnswerType(StrEnum):
    """What a reviewer can do; the names are those of LangChain's human-in-the-loop schema."""

    APPROVE = "approve"
    EDIT = "edit"
    REJECT = "reject"
    RESPOND = "respond"


@dataclass(frozen=True, slots=True)
class Answer:
    """One reviewer's answer.

    Attributes:
        type: approve, edit, reject or respond.
        message: the reason (required to reject) or the reply that stands in for the tool's result (respond).
        args: the whole new arguments (edit).
    """

    type: AnswerType
    message: str = ""
    args: dict[str, Any] | None = None

    def check(self) -> None:
        """Refuses an answer that lacks what its type needs.

        Raises:
            BadInput: a rejection without a reason, a response without a text, an edit without arguments.
        """
        if self.type is AnswerType.REJECT and not self.message.strip():
            raise BadInput("A rejection needs a reason; say why, so that the requester can act on it.")
        if self.type is AnswerType.RESPOND and not self.message.strip():
            raise BadInput("A response needs a text; it stands in for the tool's result.")
        if (self.type is AnswerType.EDIT) != (self.args is not None):
            raise BadInput("An edit, and only an edit, needs the new arguments.")


@dataclass(frozen=True, slots=True)
class Countersignature:
    """Who answered, as which role, when, on which digest and how."""

    user_id: str
    human: str
    role: str
    at: str
    digest: str
    type: AnswerType
    message: str = ""

    def record(self) -> dict[str, str]:
        """The signature as plain JSON data."""
        return {
            "user_id": self.user_id,
            "human": self.human,
            "role": self.role,
            "at": self.at,
            "digest": self.digest,
            "type": str(self.type),
            "message": self.message,
        }


@dataclass(frozen=True, slots=True)
class Review:
    """One review as it stands now."""

    review_id: str
    proposal: Proposal
    decision: dict[str, Any]
    requester: str
    requester_human: str
    summary: str
    state: ReviewState
    due_at: datetime
    escalated_at: str | None
    opened_at: str
    closed_at: str | None
    message: str
    edited_args: dict[str, Any] | None
    signatures: tuple[Countersignature, ...]

    @property
    def keys(self) -> dict[str, str]:
        """What ties the review to its proposal, thread and run."""
        proposal = self.proposal
        return {
            "review_id": self.review_id,
            "digest": proposal.digest,
            "tenant": proposal.tenant,
            "thread": proposal.thread,
            "run": proposal.run,
        }

    @property
    def seats(self) -> tuple[str, ...]:
        """The roles that must sign, one person each."""
        return tuple(self.decision["seats"])

    @property
    def free_seats(self) -> tuple[str, ...]:
        """The seats nobody has taken yet."""
        left = list(self.seats)
        for signature in self.signatures:
            if signature.type is AnswerType.APPROVE and signature.role in left:
                left.remove(signature.role)
        return tuple(left)

    @property
    def escalation(self) -> tuple[str, ...]:
        """The roles that may take any seat once the review has escalated."""
        return tuple(self.decision["escalate"])

    def describe(self) -> str:
        """The waiting review in one line: what, who, until when, why."""
        who, why = " and ".join(self.free_seats), " ".join(self.decision["reasons"])
        return f"{self.review_id}: {self.summary.rstrip('.')}. Needs {who} by {self.due_at:%Y-%m-%d %H:%M} UTC. {why}"

    def seat_for(self, principal: Principal) -> str | None:
        """The free seat this principal may take, or ``None``."""
        for seat in self.free_seats:
            if seat in principal.roles:
                return seat
        if self.escalated_at and self.free_seats and principal.roles & set(self.escalation):
            return self.free_seats[0]
        return None

    def refuse(self, principal: Principal) -> str | None:
        """Why this principal may not answer, or ``None`` when they may."""
        if principal.tenant != self.proposal.tenant:
            return f"There is no review {self.review_id}."
        if principal.human == self.requester_human:
            return "You asked for this yourself; somebody else has to countersign (separation of duties)."
        if any(signature.human == principal.human for signature in self.signatures):
            return "You have signed this review already; the other seats need other people."
        if self.seat_for(principal) is None:
            return f"This review needs {' and '.join(self.free_seats)}; your roles do not include that."
        return None

    def signed(self, principal: Principal, answer: Answer, now: datetime) -> "Review":
        """The review after this principal's answer; :meth:`refuse` must have been asked first."""
        signature = Countersignature(
            user_id=principal.user_id,
            human=principal.human,
            role=self.seat_for(principal) or "",
            at=now.isoformat(),
            digest=self.proposal.digest,
            type=answer.type,
            message=answer.message,
        )
        after = replace(self, signatures=(*self.signatures, signature), edited_args=answer.args)
        state = _SETTLES.get(answer.type) or (ReviewState.OPEN if after.free_seats else ReviewState.APPROVED)
        if state is ReviewState.OPEN:
            return after
        return replace(after, state=state, closed_at=now.isoformat(), message=answer.message)


_SETTLES = {
    AnswerType.REJECT: ReviewState.REJECTED,
    AnswerType.RESPOND: ReviewState.ANSWERED,
    AnswerType.EDIT: ReviewState.EDITED,
}
