"""What became of a call that was to be made and never was: read from its review and the log, which stay as they are."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ...policies.errors import BadInput, Tampered
from ...policies.review.review import Review, ReviewState
from ...policies.review.wording import state_words
from .inbox import PREFIX

if TYPE_CHECKING:
    from ...policies.audit.log import Audit
    from ...policies.review.store import Reviews
    from ...tools.ledger.entry import Entry

_ALLOWING = {ReviewState.APPROVED: "approved", ReviewState.LAPSED: "lapsed"}


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a call.

    Attributes:
        words: in a few words, for example ``"not done: withdrawn"``; the ledger's state once the call was begun.
        review_id: of its review; empty when policy alone decided.
        reason: why it was refused when it was about to be made, if it was.
    """

    words: str
    review_id: str = ""
    reason: str = ""


def fate_of(entry: "Entry", reviews: "Reviews", audit: "Audit", now: datetime) -> Fate:
    """What became of a call of the ledger. Where records about it were changed, it says so instead of failing."""
    from ...tools.ledger.entry import State

    if entry.state is not State.INTENDED:
        granted = entry.grant_ref or ""
        return Fate(str(entry.state).replace("_", " "), granted if granted.startswith(PREFIX) else "")
    review = None
    try:
        review = _review_of(entry, reviews)
        if review is None:
            return _unbegun(entry, "allowed", entry.intended_at, audit, now)
        if review.state in _ALLOWING:
            return _unbegun(entry, _ALLOWING[review.state], str(review.closed_at), audit, now, review.review_id)
    except Tampered:
        return Fate("not begun; its records were changed, `countersign audit verify` says more")
    waits = review.state is ReviewState.OPEN
    return Fate("waits for people" if waits else f"not done: {state_words(review.state)}", review.review_id)


def _review_of(entry: "Entry", reviews: "Reviews") -> Review | None:
    try:
        review = reviews.get(f"{PREFIX}{entry.digest[:12]}")
    except BadInput:
        return None
    return review if review.proposal.digest == entry.digest else None


def _unbegun(entry: "Entry", how: str, at: str, audit: "Audit", now: datetime, review_id: str = "") -> Fate:
    """Somebody or policy let it run."""
    from ...tools.outcome import GRANT_LIFETIME

    refused = [record for record in audit.records_about(entry.digest) if record.kind == "tool.refused"]
    if refused:
        return Fate("not done: refused", review_id, str(refused[-1].data.get("message", "")))
    late = now - datetime.fromisoformat(at) > GRANT_LIFETIME
    return Fate(f"not done: {how} too long ago" if late else f"{how}, not begun", review_id)
