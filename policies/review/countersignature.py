"""This module says what a countersignature signs, and whether a review's countersignatures are good. Pure.

The signed statement is ``countersign/v1/countersignature`` with everything the reviewer answered for: the review, the
proposal by its digest, the decision that was shown, the arguments before and after, who asked, who signs, as what and
when. A signature moved to another review, seat, time or argument therefore does not hold.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..crypto.public_keys import KeySet
from ..crypto.signing import Signer, sign_statement, verify_signature
from ..domain.canonical import compute_digest
from ..errors import Tampered
from .review import PERSON_PREFIX, REQUESTER, STATE_AFTER, AnswerType, Countersignature, Review, ReviewState

STATEMENT = "countersignature"
_SETTLED_BY = {state: kind for kind, state in STATE_AFTER.items()}
_STEPS = (AnswerType.APPROVE, AnswerType.DELEGATE)
"""Answers that leave a review open."""
_CONTEXT = (
    "review_id",
    "tenant",
    "requester_human",
    "editor_human",
    "decision",
    "args_before",
    "args_after",
    "key_id",
)
_FIELDS = {*Countersignature.__slots__, *_CONTEXT, "public_key", "signature"}


@dataclass(frozen=True, slots=True)
class SignedCountersignature:
    """One countersignature with its signature.

    Attributes:
        signature: who answered, as which role, when, on which digest and how.
        decision: digest of the decision the review was opened with, so that nobody changes its seats afterwards.
        args_before: digest of the proposed arguments.
        args_after: digest of the reviewer's arguments (edit), else ``None``.
        public_key: 64 hex digits.
        value: the Ed25519 signature, 128 hex digits.
    """

    signature: Countersignature
    review_id: str
    tenant: str
    requester_human: str
    editor_human: str
    decision: str
    args_before: str
    args_after: str | None
    key_id: str
    public_key: str
    value: str

    @property
    def statement(self) -> dict[str, Any]:
        """What is signed, as plain JSON data."""
        return self.signature.record() | {name: getattr(self, name) for name in _CONTEXT}

    def record(self) -> dict[str, Any]:
        """The whole as plain JSON data; :meth:`from_record` reads it back."""
        return self.statement | {"public_key": self.public_key, "signature": self.value}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "SignedCountersignature":
        """The countersignature that :meth:`record` described.

        Raises:
            Tampered: the record has other fields.
        """
        rest = dict(record)
        try:
            if rest.keys() != _FIELDS:
                raise KeyError("fields")
            if any(not isinstance(item, str) for name, item in rest.items() if (name, item) != ("args_after", None)):
                raise TypeError("a field is no text")
            context = {name: rest.pop(name) for name in _CONTEXT}
            public_key, value = rest.pop("public_key"), rest.pop("signature")
            signature = Countersignature(**rest | {"type": AnswerType(rest["type"])})
        except (KeyError, TypeError, ValueError):
            raise Tampered("A countersignature does not have the fields it was written with; it was changed.") from None
        return cls(signature=signature, public_key=public_key, value=value, **context)


def sign_answer(
    review: Review, signature: Countersignature, args: Mapping[str, Any] | None, signer: Signer
) -> SignedCountersignature:
    """Signs one answer to a review.

    Args:
        review: as it was shown to the reviewer.
        signature: the answer.
        args: the reviewer's arguments (edit), else ``None``.
        signer: of the principal who answers.
    """
    context = _context(review) | {"args_after": None if args is None else compute_digest(args), "key_id": signer.key_id}
    value = sign_statement(signer, STATEMENT, signature.record() | context)
    return SignedCountersignature(signature, **context, public_key=signer.public_key().hex(), value=value)


def check_countersignature(
    review: Review, sealed: SignedCountersignature, keys: KeySet, recorded_at: str | None = None
) -> None:
    """Checks one countersignature against the review it is said to be of.

    Args:
        keys: the public keys to trust; the one that the countersignature carries is not.
        recorded_at: when the audit log wrote it down, if known.

    Raises:
        Tampered: naming the first thing that does not fit.
    """
    mine = sealed.signature
    what = f"The countersignature of {mine.user_id} on review {review.review_id}"
    for name, expected in (_context(review) | {"digest": review.proposal.digest}).items():
        found = mine.digest if name == "digest" else getattr(sealed, name)
        if found != expected:
            raise Tampered(f"{what} is for another {_NAMES[name]}; the record was changed.")
    if (mine.type is AnswerType.EDIT) != (sealed.args_after is not None):
        raise Tampered(f"{what} does not say which arguments it is for; the record was changed.")
    key = keys.principal(sealed.key_id, sealed.tenant, mine.user_id, mine.at, what, recorded_at)
    if key.public_key != sealed.public_key:
        raise Tampered(f"{what} carries another public key than the one that is known; the record was changed.")
    if not verify_signature(key.raw, sealed.value, STATEMENT, sealed.statement):
        raise Tampered(f"{what} does not hold: what it says is not what was signed.")


def check_review(
    review: Review,
    sealed: Sequence[SignedCountersignature],
    keys: KeySet,
    recorded_at: Sequence[str | None] | None = None,
) -> None:
    """Checks that a review stands as its countersignatures made it.

    Every signature holds, people are distinct and none is the requester or, where several sign, the editor; seats are
    filled once by approvals of those who had a right to them, and the state, reason and edit are those that the last
    answer led to.

    Raises:
        Tampered: naming the first thing that does not fit.
    """
    seats = review.decision.get("seats")
    if not isinstance(seats, list) or not seats or not all(isinstance(seat, str) for seat in seats):
        raise _make_tampered(review, "its decision names no seats")
    if review.decision.get("digest") != review.proposal.digest:
        raise _make_tampered(review, "its decision is about another proposal")
    if review.requester != review.proposal.user_id:
        raise _make_tampered(review, "its requester is not the one of its proposal")
    if [item.signature for item in sealed] != list(review.signatures):
        raise _make_tampered(review, "its answers are not the ones that were signed")
    for place, item in enumerate(sealed):
        check_countersignature(review, item, keys, recorded_at[place] if recorded_at else None)
    _check_people(review)
    _check_state(review, sealed)


def _check_people(review: Review) -> None:
    own = [item for item in review.signatures if item.type is AnswerType.WITHDRAW]
    others = [item for item in review.signatures if item.type is not AnswerType.WITHDRAW]
    if any((item.human, item.role) != (review.requester_human, REQUESTER) for item in own):
        raise _make_tampered(review, "somebody else than its requester took it back")
    if any(item.human == review.requester_human or item.user_id == review.requester for item in others):
        raise _make_tampered(review, "its requester signed it (separation of duties)")
    answers = [item for item in others if item.type is not AnswerType.DELEGATE]
    humans = Counter(item.human for item in answers)
    if any(count > 1 for count in humans.values()):
        raise _make_tampered(review, "one person signed it twice")
    if len(review.seats) > 1 and review.editor_human in humans:
        raise _make_tampered(review, "one of its countersigners made the edit")
    taken = Counter(item.role for item in answers if item.type is AnswerType.APPROVE)
    if taken - Counter(review.seats) or not {item.role for item in others} <= set(review.seats):
        raise _make_tampered(review, "a seat was taken that it does not have")
    asked = {(seat, seat) for seat in review.seats if seat.startswith(PERSON_PREFIX)}
    for item in others:
        by_person = item.right == PERSON_PREFIX + item.user_id and (item.role, item.right) in asked
        if not by_person and item.right not in (item.role, *review.escalated_to):
            raise _make_tampered(review, f"{item.user_id} had no right to the seat {item.role}")
        if item.type is AnswerType.DELEGATE and item.role.startswith(PERSON_PREFIX):
            asked.add((item.role, PERSON_PREFIX + item.to))


def _check_state(review: Review, sealed: Sequence[SignedCountersignature]) -> None:
    last = sealed[-1] if sealed else None
    # Work that failed takes its reviews back without anybody's signature; the log says so.
    by_nobody = review.state is ReviewState.WITHDRAWN and (last is None or last.signature.type in _STEPS)
    settles = None if by_nobody else _SETTLED_BY.get(review.state)
    steps = sealed[:-1] if settles else sealed
    if any(item.signature.type not in _STEPS for item in steps):
        raise _make_tampered(review, f"it is {review.state} although an answer settled it otherwise")
    if settles and (last is None or last.signature.type is not settles):
        raise _make_tampered(review, f"it is {review.state}, but nobody signed that")
    if review.state is ReviewState.LAPSED and review.decision.get("on_expiry") != "allow":
        raise _make_tampered(review, "it is lapsed, which its rules do not let it")
    if (review.state is ReviewState.APPROVED) != (not settles and not review.free_seats):
        raise _make_tampered(review, f"it is {review.state}, which its signatures do not say")
    if (review.closed_at is None) != (review.state is ReviewState.OPEN):
        raise _make_tampered(review, f"it is {review.state} but closed at {review.closed_at}")
    if settles or review.state is ReviewState.APPROVED:
        ended = last.signature if last else None
        if ended is None or (review.closed_at, review.message) != (ended.at, ended.message):
            raise _make_tampered(review, "its end is not the one that was signed")
    after = last.args_after if last and settles is AnswerType.EDIT else None
    if after != (None if review.edited_args is None else compute_digest(review.edited_args)):
        raise _make_tampered(review, "its edited arguments are not the ones that were signed")


def _context(review: Review) -> dict[str, Any]:
    return {
        "review_id": review.review_id,
        "tenant": review.proposal.tenant,
        "requester_human": review.requester_human,
        "editor_human": review.editor_human,
        "decision": compute_digest(review.decision),
        "args_before": compute_digest(review.proposal.args),
    }


_NAMES = {
    "review_id": "review",
    "tenant": "tenant",
    "requester_human": "requester",
    "editor_human": "editor",
    "decision": "decision",
    "args_before": "set of arguments",
    "digest": "proposal",
}


def _make_tampered(review: Review, what: str) -> Tampered:
    return Tampered(f"Review {review.review_id} cannot be trusted: {what}. Nothing may run on it.")
