"""A call that people were asked about does not run without them, even when the rules would let it run by now. Pure."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row

from ..domain.proposal import Proposal
from .review import ReviewState

_AGREED = (ReviewState.APPROVED, ReviewState.LAPSED)


def bars(rows: Iterable[Row[Any]], proposal: Proposal) -> str | None:
    """Why a call may not run although policy allows it by itself, or ``None``.

    Two equal calls in one run are one action, also when they were proposed under other rules: a review of either that
    is open, rejected or otherwise ended without agreement stands against both.

    Args:
        rows: the reviews of the call's run.
    """
    for row in rows:
        asked = json.loads(row.proposal)
        same = (asked["tool"], asked["args"]) == (proposal.tool, proposal.args)
        if same and row.state not in _AGREED:
            return f"People were asked about this call, and review {row.review_id} is {row.state}, not approved."
    return None
