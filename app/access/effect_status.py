"""The status says what became of a call that was never made, from its review and the log, which stay as they are."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ...policies.errors import BadInput, Tampered
from ...policies.review.review import Review, ReviewState
from ...policies.review.wording import format_review_state
from .inbox import REVIEW_PREFIX

if TYPE_CHECKING:
    from ...policies.audit.log import AuditLog
    from ...policies.review.store import ReviewStore
    from ...tools.ledger.entry import LedgerEntry

_ALLOWING = {ReviewState.APPROVED: "approved", ReviewState.LAPSED: "lapsed"}


@dataclass(frozen=True, slots=True)
class EffectStatus:
    """What became of a call.

    Attributes:
        words: in a few words, for example ``"not done: withdrawn"``; the ledger's state once the call was begun.
        review_id: of its review; empty when policy alone decided.
        reason: why it was refused when it was about to be made, if it was.
    """

    words: str
    review_id: str = ""
    reason: str = ""


def read_effect_status(entry: "LedgerEntry", reviews: "ReviewStore", audit: "AuditLog", now: datetime) -> EffectStatus:
    """What became of a call of the ledger. Where records about it were changed, it says so instead of failing."""
    from ...tools.ledger.entry import EffectState

    if entry.state is not EffectState.INTENDED:
        granted = entry.grant_ref or ""
        return EffectStatus(str(entry.state).replace("_", " "), granted if granted.startswith(REVIEW_PREFIX) else "")
    review = None
    try:
        review = _find_review(entry, reviews)
        if review is None:
            return _explain_unbegun(entry, "allowed", entry.intended_at, audit, now)
        if review.state in _ALLOWING:
            return _explain_unbegun(entry, _ALLOWING[review.state], str(review.closed_at), audit, now, review.review_id)
    except Tampered:
        return EffectStatus("not begun; its records were changed, `countersign audit verify` says more")
    waits = review.state is ReviewState.OPEN
    return EffectStatus(
        "waits for people" if waits else f"not done: {format_review_state(review.state)}", review.review_id
    )


def _find_review(entry: "LedgerEntry", reviews: "ReviewStore") -> Review | None:
    try:
        review = reviews.get(f"{REVIEW_PREFIX}{entry.digest[:12]}")
    except BadInput:
        return None
    return review if review.proposal.digest == entry.digest else None


def _explain_unbegun(
    entry: "LedgerEntry", how: str, at: str, audit: "AuditLog", now: datetime, review_id: str = ""
) -> EffectStatus:
    """Somebody or policy let it run."""
    from ...tools.outcome import GRANT_LIFETIME

    refused = [record for record in audit.records_about(entry.digest) if record.kind == "tool.refused"]
    if refused:
        return EffectStatus("not done: refused", review_id, str(refused[-1].data.get("message", "")))
    late = now - datetime.fromisoformat(at) > GRANT_LIFETIME
    return EffectStatus(f"not done: {how} too long ago" if late else f"{how}, not begun", review_id)
