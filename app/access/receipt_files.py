"""Receipts are issued from the records, read from a file, and said in words."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...policies.errors import BadInput, Tampered
from ...policies.review.wording import format_answer, format_review_state, format_seat

if TYPE_CHECKING:
    from ...policies.governance.governance import Governance
    from ...policies.receipts.issuer import EffectRecord
    from ...policies.receipts.verifier import VerifiedReceipt
    from ...policies.review.review import Review
    from ...tools.ledger.ledger import Ledger, LedgerEntry

MAX_FILE_BYTES = 32 << 20


def issue_receipt(governance: "Governance", ledger: "Ledger", review: "Review", now: datetime) -> str:
    """The text of a review's receipt, with what the ledger says of its effect.

    Raises:
        BadInput: the review still waits.
        Tampered: review, signatures, ledger or log do not fit together.
    """
    while True:
        entry = ledger.get(review.proposal.digest)
        try:
            return governance.receipts.issue(review.review_id, make_effect_record(entry), now)
        except Tampered:
            # The effect may have moved on between ledger and log; only what stands still is told.
            if ledger.get(review.proposal.digest) == entry:
                raise


def make_effect_record(entry: "LedgerEntry | None") -> "EffectRecord | None":
    """What a receipt says of an effect."""
    from ...policies.receipts.issuer import EffectRecord

    if entry is None:
        return None
    return EffectRecord(
        state=str(entry.state),
        grant=entry.grant_ref,
        result=entry.result,
        message=entry.message or "",
        intended_at=entry.intended_at,
        started_at=entry.started_at,
        ended_at=entry.ended_at,
    )


def read_given_file(name: str) -> bytes:
    """The bytes of a file that somebody brought.

    Raises:
        BadInput: it cannot be read, or is larger than any that this program writes.
    """
    try:
        with Path(name).open("rb") as stream:
            found = stream.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or "this is no file name"
        raise BadInput(f"{name} cannot be read: {cause}. Name a file that exists.") from None
    if len(found) > MAX_FILE_BYTES:
        raise BadInput(f"{name} is larger than {MAX_FILE_BYTES >> 20} MiB; no receipt and no file of keys is.")
    return found


def serialize_receipt(found: "VerifiedReceipt") -> dict[str, Any]:
    """What a good receipt proves, for a program."""
    signers = [
        {"user_id": user, "role": role, "answer": str(answer), "at": at} for user, role, answer, at in found.signers
    ]
    return {"holds": True} | asdict(found) | {"state": str(found.state), "signers": signers}


def describe_proof(found: "VerifiedReceipt") -> list[str]:
    """What a good receipt proves, line by line."""
    lines = [
        f"The receipt holds. {found.review_id}: {found.tool}, asked for by {found.requester} ({found.tenant}), "
        f"is {format_review_state(found.state)}."
    ]
    lines += [
        f"  {user} as {format_seat(role)}: {format_answer(answer)}, {at[:19]}"
        for user, role, answer, at in found.signers
    ]
    lines.append(f"  Effect: {found.effect.replace('_', ' ') if found.effect else 'none was meant'}.")
    lines.append(f"  The log's head was signed at record {found.head_seq}. Issued {found.issued_at[:19]}.")
    return lines
