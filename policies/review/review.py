"""A review is a value that says what waits, who may answer it, and what each answer needs and makes of it. Pure.

:mod:`.store` keeps reviews.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from ..domain.principal import Principal
from ..domain.proposal import Proposal
from ..errors import BadInput

MAX_WORDS = 20_000
"""The most characters of a message."""


class AnswerType(StrEnum):
    """What a person can do; the first four names are those of LangChain's human-in-the-loop schema.

    ``request_changes`` sends it back to whoever asked, ``delegate`` asks another person who may answer, and
    ``withdraw`` is for the requester alone.
    """

    APPROVE = "approve"
    EDIT = "edit"
    REJECT = "reject"
    RESPOND = "respond"
    CHANGES = "request_changes"
    DELEGATE = "delegate"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class Answer:
    """One person's answer.

    Attributes:
        message: the reason (required to reject), what to change (required to request changes) or the reply that
            stands in for the tool's result (respond).
        args: the whole new arguments (edit).
        to: user id of the person to ask (delegate).
    """

    type: AnswerType
    message: str = ""
    args: dict[str, Any] | None = None
    to: str = ""

    def check(self) -> None:
        """Refuses an answer that lacks what its type needs.

        Raises:
            BadInput: a rejection without a reason, a response without a text, an edit without arguments, changes that
                are not named, a delegation to nobody; words that are no text or too many.
        """
        if not isinstance(self.message, str) or not isinstance(self.to, str) or "\x00" in self.message + self.to:
            raise BadInput("What is said with an answer, and whom it is delegated to, must be text.")
        if len(self.message) > MAX_WORDS:
            raise BadInput(f"The message has {len(self.message):,} characters; at most {MAX_WORDS:,} are kept.")
        if self.type in _NEED_WORDS and not self.message.strip():
            raise BadInput(_NEED_WORDS[self.type])
        if (self.type is AnswerType.DELEGATE) != bool(self.to):
            raise BadInput("A delegation, and only a delegation, names the person to ask.")
        if (self.type is AnswerType.EDIT) != (self.args is not None):
            raise BadInput("An edit, and only an edit, needs the new arguments.")


_NEED_WORDS = {
    AnswerType.REJECT: "A rejection needs a reason; say why, so that the requester can act on it.",
    AnswerType.RESPOND: "A response needs a text; it stands in for the tool's result.",
    AnswerType.CHANGES: "Say which changes you want, so that the requester can make them.",
}


MAX_REWORK = 3
"""How often one request may be sent back for changes; then it is approved, edited or rejected."""
REQUESTER = "requester"
"""The role in which somebody takes back their own request."""
PERSON_PREFIX = "user:"
"""A seat that begins with this belongs to one person, not to everybody with a role."""


class ReviewState(StrEnum):
    """Where a review stands; ``lapsed`` means that nobody answered in time and its rules let it run then."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    EDITED = "edited"
    ANSWERED = "answered"
    CHANGES = "changes_requested"
    EXPIRED = "expired"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Countersignature:
    """Who answered, as which role, when, on which digest and how.

    Attributes:
        role: the seat that was taken.
        right: what gave the right to it: the role itself, the person the seat is for, or the role it escalated to.
        to: user id of the person who is asked instead (delegate).
    """

    user_id: str
    human: str
    role: str
    right: str
    at: str
    digest: str
    type: AnswerType
    message: str = ""
    to: str = ""

    def record(self) -> dict[str, str]:
        """The signature as plain JSON data."""
        return {
            "user_id": self.user_id,
            "human": self.human,
            "role": self.role,
            "right": self.right,
            "at": self.at,
            "digest": self.digest,
            "type": str(self.type),
            "message": self.message,
            "to": self.to,
        }


@dataclass(frozen=True, slots=True)
class Review:
    """One review as it stands now.

    Attributes:
        decision: policy's answer that opened it, with the digest of ``shown``.
        shown: the records that policy judged, as the reviewer sees them; empty in a receipt.
        requester: user id; ``requester_human`` is the person behind the account.
        editor_human: the person whose edit this proposal is, or empty.
        due_at: when it escalates or ends.
        follow_up_at: when those who may answer are reminded next.
        reminders: how often they were.
        level: how many roles of the escalation chain may answer by now.
        escalated_at: when a deadline passed last while it stayed open.
        revises: the review that was sent back for changes and that this one comes after, or empty.
        rework: how often the request was sent back before.
    """

    review_id: str
    proposal: Proposal
    decision: dict[str, Any]
    shown: dict[str, Any]
    requester: str
    requester_human: str
    editor_human: str
    summary: str
    state: ReviewState
    due_at: datetime
    follow_up_at: datetime | None
    reminders: int
    level: int
    escalated_at: str | None
    opened_at: str
    closed_at: str | None
    message: str
    edited_args: dict[str, Any] | None
    revises: str
    rework: int
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
        """Who must sign, one person each: roles, or one person's id after ``user:``."""
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
        """The chain of roles that may take any seat, one more each time a deadline passes."""
        return tuple(self.decision["escalate"])

    @property
    def escalated_to(self) -> tuple[str, ...]:
        """The roles of the chain that have been reached."""
        return self.escalation[: self.level]

    @property
    def owner(self) -> str:
        """The role that answers for this review's coming to an end."""
        return str(self.decision["owner"])

    @property
    def priority(self) -> str:
        """How urgent its rules call it: low, normal, high or urgent."""
        return str(self.decision["priority"])

    @property
    def named_persons(self) -> tuple[str, ...]:
        """User ids of the persons who are asked by name: seats of one person, and the last delegation of each seat."""
        delegated = {item.role: item.to for item in self.signatures if item.type is AnswerType.DELEGATE}
        named = (delegated.get(seat) or seat.removeprefix(PERSON_PREFIX) for seat in self.free_seats)
        return tuple(dict.fromkeys(who for who, seat in zip(named, self.free_seats, strict=True) if who != seat))

    def overdue(self, now: datetime) -> bool:
        """Whether it is open although its first deadline has passed."""
        return self.state is ReviewState.OPEN and (self.escalated_at is not None or now >= self.due_at)

    def describe(self) -> str:
        """The waiting review in one line: what, who, until when, why."""
        why = " ".join(self.decision["reasons"])
        until = f"{self.due_at:%Y-%m-%d %H:%M} UTC"
        return f"{self.review_id}: {self.summary.rstrip('.')}. Needs {self.needs} by {until}. {why}"

    @property
    def needs(self) -> str:
        """The free seats in words."""
        return " and ".join(seat.removeprefix(PERSON_PREFIX) for seat in self.free_seats)

    def seat_for(self, principal: Principal) -> tuple[str, str] | None:
        """The free seat this principal may take and what gives them the right to, or ``None``."""
        for seat in self.free_seats:
            if seat in principal.roles:
                return seat, seat
            if seat.startswith(PERSON_PREFIX) and principal.user_id in (
                seat.removeprefix(PERSON_PREFIX),
                *self._stand_ins(seat),
            ):
                return seat, PERSON_PREFIX + principal.user_id
        reached = [role for role in self.escalated_to if role in principal.roles]
        return (self.free_seats[0], reached[0]) if reached and self.free_seats else None

    def _stand_ins(self, seat: str) -> tuple[str, ...]:
        return tuple(item.to for item in self.signatures if item.type is AnswerType.DELEGATE and item.role == seat)

    def refuse(self, principal: Principal) -> str | None:
        """Why this principal may not answer, or ``None`` when they may."""
        if principal.tenant != self.proposal.tenant:
            return f"There is no review {self.review_id}."
        if principal.human == self.requester_human:
            return "You asked for this yourself; somebody else has to countersign (separation of duties)."
        if principal.human == self.editor_human and len(self.seats) > 1:
            return "This is your edit; where several countersign, they have to be others."
        signed = (item for item in self.signatures if item.type is not AnswerType.DELEGATE)
        if any(signature.human == principal.human for signature in signed):
            return "You have signed this review already; the other seats need other people."
        if self.seat_for(principal) is None:
            return f"This review needs {self.needs}; your roles do not include that."
        return None

    def refuse_delegate(self, principal: Principal, to: Principal | None) -> str | None:
        """Why a principal who may answer may not ask this one instead, or ``None``. Nobody gains a right by it.

        The seat of a role goes to others with that role; the seat of one person goes up to that person's manager.
        """
        taken = self.seat_for(principal)
        if to is None or to.tenant != self.proposal.tenant or taken is None:
            return "The directory does not know the person you name."
        if to.human == principal.human:
            return "That is yourself; answer the review instead."
        refusal = self.refuse(to)
        if refusal is None:
            return None
        own = taken[0].startswith(PERSON_PREFIX) and to.user_id == principal.manager
        if own and to.human not in (self.requester_human, *(item.human for item in self.signatures)):
            return None
        return f"{to.user_id} may not answer this review either; name somebody whose role does, or your manager."

    def with_answer(self, principal: Principal, answer: Answer, now: datetime) -> "Review":
        """The review after this principal's answer; :meth:`refuse` must have been asked first."""
        seat, right = self.seat_for(principal) or ("", "")
        if answer.type is AnswerType.WITHDRAW:
            seat = right = REQUESTER
        signature = Countersignature(
            user_id=principal.user_id,
            human=principal.human,
            role=seat,
            right=right,
            at=now.isoformat(),
            digest=self.proposal.digest,
            type=answer.type,
            message=answer.message,
            to=answer.to,
        )
        after = replace(self, signatures=(*self.signatures, signature), edited_args=answer.args)
        state = STATE_AFTER.get(answer.type) or (ReviewState.OPEN if after.free_seats else ReviewState.APPROVED)
        if state is ReviewState.OPEN:
            return after
        return replace(after, state=state, closed_at=now.isoformat(), message=answer.message)


STATE_AFTER = {
    AnswerType.REJECT: ReviewState.REJECTED,
    AnswerType.RESPOND: ReviewState.ANSWERED,
    AnswerType.EDIT: ReviewState.EDITED,
    AnswerType.CHANGES: ReviewState.CHANGES,
    AnswerType.WITHDRAW: ReviewState.WITHDRAWN,
}
"""The answers that end a review, whatever seats are free."""
