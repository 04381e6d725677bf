"""Receipts are issued from the records, read from a file, and said in words."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...policies.errors import BadInput, Tampered
from ...policies.review.wording import format_answer, format_review_state, format_seat

if TYPE_CHECKING:
    from ...policies.crypto.public_keys import KeySet
    from ...policies.domain.principal import Principal
    from ...policies.governance.governance import Governance
    from ...policies.receipts.act_receipt import VerifiedAct
    from ...policies.receipts.issuer import EffectRecord
    from ...policies.receipts.verifier import VerifiedReceipt
    from ...policies.review.review import Review
    from ...tools.ledger.ledger import Ledger, LedgerEntry
    from .data_folder import DataFolder

MAX_FILE_BYTES = 32 << 20
SHORTEST_DIGEST = 4
"""How many characters of a call's digest somebody must give."""


def issue_receipt(governance: "Governance", ledger: "Ledger", review: "Review", now: datetime) -> str:
    """The text of a review's receipt, with what the ledger says of its effect.

    Raises:
        BadInput: the review still waits.
        Tampered: review, signatures, ledger or log do not fit together.
    """
    while True:
        entry = ledger.get(review.proposal.digest)
        try:
            return governance.receipts.issue(
                review.review_id, None if entry is None else make_effect_record(entry), now
            )
        except Tampered:
            # The effect may have moved on between ledger and log; only what stands still is told.
            if ledger.get(review.proposal.digest) == entry:
                raise


def issue_wanted_receipt(data_folder: "DataFolder", reader: "Principal", wanted: str) -> tuple[str, str]:
    """The review or call that somebody means, and the text of its receipt.

    Args:
        wanted: a review's id, the digest of a call that policy allowed, or the beginning of either.

    Raises:
        BadInput: there is none, several begin like this, or there is no receipt of it.
        Tampered: its records do not fit together.
    """
    from datetime import UTC
    from datetime import datetime as clock

    from ...tools.ledger.ledger import Ledger
    from .inbox import REVIEW_PREFIX, find_review

    ledger = Ledger(data_folder.engine, data_folder.audit)
    now = clock.now(UTC)
    if not wanted.strip().upper().startswith(REVIEW_PREFIX):
        entry = _find_act(ledger, reader, wanted.strip().lower())
        if entry is not None:
            return entry.digest, _issue_act_receipt(data_folder.governance, ledger, entry, now)
    try:
        review = find_review(data_folder.reviews, reader, wanted)
    except BadInput as error:
        raise BadInput(
            f"{error} A call that needed none is named by its digest; `countersign effects list` has it."
        ) from None
    return review.review_id, issue_receipt(data_folder.governance, ledger, review, now)


def _find_act(ledger: "Ledger", reader: "Principal", wanted: str) -> "LedgerEntry | None":
    """The one call with this beginning of a digest that policy allowed by itself, among those the reader may see."""
    from ...policies.audit.readers import may_read_all

    if len(wanted) < SHORTEST_DIGEST:
        return None
    visible = ledger.find(reader.tenant, user_id="" if may_read_all(reader) else reader.user_id)
    found = [entry for entry in visible if entry.digest.startswith(wanted) and entry.grant_ref == "policy"]
    if len(found) > 1:
        raise BadInput(
            f"{len(found)} calls begin with {wanted}; give more of it. `countersign effects list` shows them."
        )
    return found[0] if found else None


def _issue_act_receipt(governance: "Governance", ledger: "Ledger", entry: "LedgerEntry", now: datetime) -> str:
    while True:
        try:
            return governance.act_receipts.issue(entry.tenant, entry.run, entry.digest, make_effect_record(entry), now)
        except Tampered:
            moved = ledger.get(entry.digest)
            if moved is None or moved == entry:
                raise
            entry = moved


def check_given_receipt(data: bytes, keys: "KeySet") -> "VerifiedReceipt | VerifiedAct":
    """Checks a receipt of either sort.

    Raises:
        BadInput: it is no receipt.
        Tampered: naming the first thing that does not fit.
    """
    from ...policies.receipts.act_receipt import is_act_receipt, verify_act_receipt
    from ...policies.receipts.verifier import verify_receipt

    return verify_act_receipt(data, keys) if is_act_receipt(data) else verify_receipt(data, keys)


def make_effect_record(entry: "LedgerEntry") -> "EffectRecord":
    """What a receipt says of an effect."""
    from ...policies.receipts.issuer import EffectRecord

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


def serialize_receipt(found: "VerifiedReceipt | VerifiedAct") -> dict[str, Any]:
    """What a good receipt proves, for a program."""
    from ...policies.receipts.act_receipt import VerifiedAct

    if isinstance(found, VerifiedAct):
        return {"holds": True} | asdict(found) | {"rules": list(found.rules)}
    signers = [
        {"user_id": user, "role": role, "answer": str(answer), "at": at} for user, role, answer, at in found.signers
    ]
    return {"holds": True} | asdict(found) | {"state": str(found.state), "signers": signers}


def describe_proof(found: "VerifiedReceipt | VerifiedAct") -> list[str]:
    """What a good receipt proves, line by line."""
    from ...policies.receipts.act_receipt import VerifiedAct

    end = f"  The log's head was signed at record {found.head_seq}. Issued {found.issued_at[:19]}."
    if isinstance(found, VerifiedAct):
        return [
            f"The receipt holds. {found.tool}, asked for by {found.requester} ({found.tenant}): {found.standing}.",
            f"  Allowed by {', '.join(found.rules)}.",
            f"  Effect: {found.effect.replace('_', ' ')}.",
            end,
        ]
    lines = [
        f"The receipt holds. {found.review_id}: {found.tool}, asked for by {found.requester} ({found.tenant}), "
        f"is {format_review_state(found.state)}."
    ]
    lines += [
        f"  {user} as {format_seat(role)}: {format_answer(answer)}, {at[:19]}"
        for user, role, answer, at in found.signers
    ]
    lines.append(f"  Effect: {found.effect.replace('_', ' ') if found.effect else 'none was meant'}.")
    return [*lines, end]
