"""The verifier checks a receipt offline: with the file, the public keys, and nothing else.

A receipt tells one review whole: the proposal, the decision, who countersigned, what came of it, and where the audit
log wrote that down. Digests and hashes are computed anew, signatures are checked with keys that the checker brings, and
the rules that reviews live by (distinct people, none the requester, every seat filled) are applied again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from ..audit.log import HASHED_FIELDS, hash_record
from ..audit.signed_head import SignedHead, check_head
from ..crypto.public_keys import KeySet, parse_time
from ..crypto.signing import verify_signature
from ..domain.proposal import Proposal
from ..errors import BadInput, Tampered
from ..review.countersignature import SignedCountersignature, check_review
from ..review.review import AnswerType, Review, ReviewState
from .schema import FORMAT, EffectShape, PositionShape, ReceiptShape, format_receipt

STATEMENT = "receipt"
MAX_RECEIPT_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class VerifiedReceipt:
    """What a good receipt proves.

    Attributes:
        signers: who answered: user id, seat, answer, time.
        effect: state of the effect in the ledger; ``None`` when nothing was to be run.
        head_seq: the log reached this record when its head was signed.
    """

    review_id: str
    digest: str
    tool: str
    tenant: str
    requester: str
    state: ReviewState
    signers: tuple[tuple[str, str, AnswerType, str], ...]
    effect: str | None
    head_seq: int
    issued_at: str


def verify_receipt(data: str | bytes, trusted_keys: KeySet) -> VerifiedReceipt:
    """Checks a receipt.

    Args:
        data: the text of ``receipt.json``.
        trusted_keys: from :func:`countersign.policies.crypto.public_keys.load_keys`; the keys in the
            receipt itself count for nothing.

    Raises:
        BadInput: the text is no JSON object.
        Tampered: naming the first thing that does not fit.
    """
    try:
        record = parse_strict_json(data)
    except BadInput as error:
        if not _looks_like_receipt(data):
            raise
        raise Tampered(f"The receipt cannot be trusted: it was changed. {error}") from None
    try:
        verified = _verify(record, ReceiptShape.model_validate(record), trusted_keys)
        if format_receipt(record).encode() != (data.encode() if isinstance(data, str) else data):
            raise Tampered("The receipt was written anew by another program; use the file as it was issued.")
        return verified
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise Tampered(f"The receipt cannot be trusted: {where}: {first['msg']}.") from None
    except (BadInput, TypeError, ValueError, KeyError, AttributeError, RecursionError) as error:
        raise Tampered(f"The receipt cannot be trusted: it holds what no receipt holds ({error}).") from None


def parse_strict_json(data: str | bytes) -> dict[str, Any]:
    """The JSON object in a text that can be read in one way only: no duplicate keys, no binary floats.

    Raises:
        BadInput: it is something else.
    """
    if len(data) > MAX_RECEIPT_BYTES:
        raise BadInput(f"The file is larger than {MAX_RECEIPT_BYTES >> 20} MiB; that is no receipt.")
    try:
        found = json.loads(
            data, object_pairs_hook=_check_unique, parse_float=_refuse_float, parse_constant=_refuse_float
        )
    except (ValueError, RecursionError) as error:
        raise BadInput(f"This is no receipt: {error}. Name the file that `countersign receipt` wrote.") from None
    if not isinstance(found, dict):
        raise BadInput("This is no receipt: it is not a JSON object. Name the file that `countersign receipt` wrote.")
    return found


def _looks_like_receipt(data: str | bytes) -> bool:
    """Whether a text that cannot be read has been a receipt; more than one mark, for one may be what was damaged."""
    raw = data.encode(errors="replace") if isinstance(data, str) else data
    return any(mark in raw[:MAX_RECEIPT_BYTES] for mark in (FORMAT.encode(), b'"countersignatures": ['))


def _verify(record: dict[str, Any], shape: ReceiptShape, keys: KeySet) -> VerifiedReceipt:
    review, sealed = _review(record, shape)
    if shape.digest != review.proposal.digest:
        raise Tampered("The receipt's digest is not the one of its proposal; it was changed.")
    if review.review_id != f"REV-{shape.digest[:12]}":
        raise Tampered(f"The receipt names review {review.review_id}, which is not about its proposal.")
    if review.state is ReviewState.OPEN:
        raise Tampered(f"Review {review.review_id} is still open; there can be no receipt of it.")
    answered = _check_positions(review, sealed, shape.audit)
    check_review(review, sealed, keys, answered)
    if shape.effect is not None:
        _check_effect(review, shape.effect)
    _check_recorded(shape)
    head = SignedHead(**shape.head.model_dump())
    check_head(head, keys)
    last = shape.audit[-1]
    if head.seq < last.seq or (head.seq == last.seq and head.hash != last.hash):
        raise Tampered(f"The signed head of the log (record {head.seq}) does not cover record {last.seq}.")
    _check_seal(record, shape, keys)
    return VerifiedReceipt(
        review_id=review.review_id,
        digest=shape.digest,
        tool=review.proposal.tool,
        tenant=review.proposal.tenant,
        requester=review.requester,
        state=review.state,
        signers=tuple((item.user_id, item.role, item.type, item.at) for item in review.signatures),
        effect=shape.effect.state if shape.effect else None,
        head_seq=head.seq,
        issued_at=shape.issued_at,
    )


def _review(record: Mapping[str, Any], shape: ReceiptShape) -> tuple[Review, tuple[SignedCountersignature, ...]]:
    sealed = tuple(SignedCountersignature.from_record(item) for item in record["countersignatures"])
    told = shape.review
    for at in (told.opened_at, told.escalated_at, told.closed_at, *(item.signature.at for item in sealed)):
        if at is not None:
            parse_time(at)
    review = Review(
        review_id=told.review_id,
        proposal=Proposal.from_record(record["proposal"]),
        decision=record["decision"],
        shown={},
        requester=told.requester,
        requester_human=told.requester_human,
        editor_human=told.editor_human,
        summary=told.summary,
        state=ReviewState(told.state),
        due_at=parse_time(told.due_at),
        follow_up_at=None if told.follow_up_at is None else parse_time(told.follow_up_at),
        reminders=told.reminders,
        level=told.level,
        escalated_at=told.escalated_at,
        opened_at=told.opened_at,
        closed_at=told.closed_at,
        message=told.message,
        edited_args=told.edited_args,
        revises=told.revises,
        rework=told.rework,
        signatures=tuple(item.signature for item in sealed),
    )
    return review, sealed


def _check_positions(
    review: Review, sealed: tuple[SignedCountersignature, ...], positions: list[PositionShape]
) -> list[str]:
    """Checks what the log says about the review; returns when it wrote down each answer."""
    before: PositionShape | None = None
    bodies: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for position in positions:
        if before is not None and position.seq <= before.seq:
            raise Tampered(f"Audit record {position.seq} does not follow record {before.seq}; the receipt was changed.")
        if position.content is not None:
            body = _check_content(review, position)
            bodies.setdefault(position.kind, []).append((position.at, body))
            if before is not None and position.seq == before.seq + 1 and position.previous != before.hash:
                raise Tampered(f"Audit record {position.seq} is not linked to record {before.seq} before it.")
        elif position.kind.startswith("review."):
            raise Tampered(f"Audit record {position.seq} ({position.kind}) lacks its content.")
        before = position
    opened = bodies.get("review.opened", [])
    expected = {"summary": review.summary, "seats": list(review.seats)}
    if len(opened) != 1 or any(opened[0][1].get(name) != value for name, value in expected.items()):
        raise Tampered(f"The audit log does not say that review {review.review_id} was opened like this.")
    answered = bodies.get("review.answered", [])
    records = [item.record() for item in sealed]
    if [{name: body.get(name) for name in record} for (_, body), record in zip(answered, records, strict=False)] != (
        records
    ) or len(answered) != len(records):
        raise Tampered(f"The audit log does not hold the countersignatures of review {review.review_id}.")
    ended = {ReviewState.EXPIRED: "review.expired", ReviewState.LAPSED: "review.lapsed"}.get(review.state)
    if review.state is ReviewState.WITHDRAWN and not any(
        item.type is AnswerType.WITHDRAW for item in review.signatures
    ):
        ended = "review.withdrawn"
    if ended is not None and len(bodies.get(ended, [])) != 1:
        raise Tampered(f"The audit log does not say that review {review.review_id} is {review.state}.")
    steps = [role for _, body in bodies.get("review.escalated", []) for role in body.get("to", [])]
    if tuple(steps) != review.escalated_to or bool(bodies.get("review.escalated")) != (review.escalated_at is not None):
        raise Tampered(f"The audit log does not agree on whether review {review.review_id} was escalated.")
    return [at for at, _ in answered]


def _check_content(review: Review, position: PositionShape) -> dict[str, Any]:
    content = position.content.model_dump() if position.content else {}
    about = {"seq": position.seq, "at": position.at, "kind": position.kind, "subject": review.proposal.digest}
    told = content | about
    if hash_record(position.previous or "", {name: told[name] for name in HASHED_FIELDS}) != position.hash:
        raise Tampered(f"Audit record {position.seq} ({position.kind}) does not match its hash; it was changed.")
    body = parse_strict_json(told["body"])
    proposal = review.proposal
    expected = (review.review_id, proposal.digest, proposal.tenant, proposal.thread, proposal.run)
    found = (body.get("review_id"), body.get("digest"), told["tenant"], told["thread"], told["run"])
    if found != expected:
        raise Tampered(f"Audit record {position.seq} ({position.kind}) is about something else.")
    return body


def _check_effect(review: Review, effect: EffectShape) -> None:
    begun = effect.state != "intended"
    lets = review.state in (ReviewState.APPROVED, ReviewState.LAPSED)
    if begun and (not lets or effect.grant != review.review_id):
        raise Tampered(f"The effect {effect.state}, but review {review.review_id} did not let it run.")
    if begun == (effect.started_at is None) or (effect.state == "succeeded") == (effect.result_digest is None):
        raise Tampered(f"The effect is said to have {effect.state}, which its times and result do not say.")
    for at in (effect.intended_at, effect.started_at, effect.ended_at):
        if at is not None:
            parse_time(at)


def _check_recorded(shape: ReceiptShape) -> None:
    """The log must know of an effect what the receipt says of it, and nothing more."""
    kinds = [position.kind for position in shape.audit if position.kind.startswith("effect.")]
    state = shape.effect.state if shape.effect else "intended"
    if kinds and (state == "intended" or kinds[-1] != f"effect.{state}"):
        raise Tampered(f"The audit log ends with {kinds[-1]}, but the receipt says that the effect is {state}.")
    if not kinds and state != "intended":
        raise Tampered(f"The audit log knows of no effect, but the receipt says that it {state}.")


def _check_seal(record: Mapping[str, Any], shape: ReceiptShape, keys: KeySet) -> None:
    parse_time(shape.issued_at)
    key = keys.system(shape.seal.key_id, shape.issued_at, "The receipt")
    data = {name: value for name, value in record.items() if name != "seal"}
    if not verify_signature(key.raw, shape.seal.signature, STATEMENT, data):
        raise Tampered("The receipt as a whole does not hold: it is not what the installation signed.")


def _check_unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _refuse_float(text: str) -> Any:
    raise ValueError(f"the number {text[:40]} is a binary float")
