"""Which review an answer is meant for, when it comes straight to the graph and not through the session.

LangGraph gives a value that names nothing to whatever waits, so a second click on "approve" would sign the next review
unseen. An answer that names neither its review nor its pause is therefore taken only while exactly one review of the
run is open, and in one run for one review only.
"""

from collections.abc import Mapping
from typing import Any

from langgraph.config import get_config
from langgraph.types import Interrupt

from ..policies.errors import BadInput

_NAMES = ("review_id", "digest")
_ANSWERS = "__pregel_resume_map"
"""Where LangGraph keeps the answers that were keyed by pause. When it moves, nothing counts as keyed."""


def is_blind(sent: Any) -> bool:
    """Whether what a client sent names neither the review, nor the proposal, nor the pause it answers."""
    parts = [sent, *_inside(sent)]
    return not _keyed() and not any(
        isinstance(part, Mapping) and any(name in part for name in _NAMES) for part in parts
    )


def unclear(review_id: str, still_open: int, answered_blindly: str) -> None:
    """Refuses an answer that names nothing where it is not clear what it is meant for.

    Args:
        review_id: of the review that would take it.
        still_open: how many reviews of the run are open.
        answered_blindly: the review of this run that such an answer was taken for before, or empty.

    Raises:
        BadInput: several are open, or such an answer was taken for another one already.
    """
    if still_open > 1:
        raise BadInput(
            f"{still_open} requests are waiting; name the one you mean with its review_id, here {review_id}."
        )
    if answered_blindly not in ("", review_id):
        raise BadInput(
            f"An answer without a name was taken for {answered_blindly} already, and this may be its second click; "
            f"name the one you mean with its review_id, here {review_id}."
        )


def _inside(sent: Any) -> list[Any]:
    decisions = sent.get("decisions") if isinstance(sent, Mapping) else sent
    return decisions if isinstance(decisions, list) else []


def _keyed() -> bool:
    """Whether the client answered this very pause by its id, as LangGraph asks for when several wait."""
    settings = get_config().get("configurable", {})
    answers = settings.get(_ANSWERS)
    pause = Interrupt.from_ns(None, settings.get("checkpoint_ns", "")).id
    return isinstance(answers, Mapping) and pause in answers
