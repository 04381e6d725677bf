"""This module says whether an answer may be given to a review and makes sense, and which calls need one. Pure.

A call that people were asked about does not run without them, even when the rules would let it run by now.
"""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row

from ..domain.canonical import canonicalize
from ..domain.principal import Principal
from ..domain.proposal import Proposal
from ..errors import BadInput
from ..rules import model_scores
from . import in_doubt, pack_change
from .review import MAX_REWORK, Answer, AnswerType, Review, ReviewState

_YES_OR_NO = (AnswerType.APPROVE, AnswerType.REJECT, AnswerType.DELEGATE)


def find_refusal(review: Review, principal: Principal, answer: Answer, to: Principal | None) -> str | None:
    """Why this principal may not give this answer, or ``None`` when they may.

    Args:
        to: whom a delegation asks, as the directory knows them.
    """
    if answer.type is AnswerType.WITHDRAW:
        own = principal.human == review.requester_human
        return None if own else "Only the requester may withdraw it."
    refused = review.refuse(principal)
    if refused is None and answer.type is AnswerType.DELEGATE:
        known = to if to is not None and to.user_id == answer.to else None
        return review.refuse_delegate(principal, known)
    return refused


def list_fitting_answers(review: Review) -> tuple[AnswerType, ...]:
    """The answers that reviewers can give to this review, whoever they are."""
    if review.proposal.tool in (in_doubt.SETTLE_TOOL, pack_change.ADOPT_TOOL, model_scores.ADOPT_MODEL_TOOL):
        return _YES_OR_NO
    return tuple(
        answer
        for answer in AnswerType
        if answer is not AnswerType.WITHDRAW and (answer is not AnswerType.CHANGES or review.rework < MAX_REWORK)
    )


def list_allowed_answers(review: Review, principal: Principal) -> tuple[AnswerType, ...]:
    """The answers that this principal may give now."""
    if review.state is not ReviewState.OPEN or principal.tenant != review.proposal.tenant:
        return ()
    if principal.human == review.requester_human:
        return (AnswerType.WITHDRAW,) if may_be_withdrawn(review) else ()
    return list_fitting_answers(review) if review.refuse(principal) is None else ()


def may_be_withdrawn(review: Review) -> bool:
    """Whether its requester can take it back; whether something happened is no request."""
    return review.proposal.tool != in_doubt.SETTLE_TOOL


def check_fit(review: Review, answer: Answer) -> None:
    """Refuses an answer that makes no sense for this review.

    Raises:
        BadInput: an edit that changes nothing, changes asked for once too often, or anything but yes and no to the
            question whether something happened.
    """
    if review.proposal.tool == pack_change.ADOPT_TOOL and answer.type not in (*_YES_OR_NO, AnswerType.WITHDRAW):
        raise BadInput(f"Review {review.review_id} asks whether other rules shall hold: approve or reject them.")
    if review.proposal.tool == model_scores.ADOPT_MODEL_TOOL and answer.type not in (*_YES_OR_NO, AnswerType.WITHDRAW):
        raise BadInput(f"Review {review.review_id} asks whether a model shall come into force: approve or reject it.")
    if review.proposal.tool == in_doubt.SETTLE_TOOL and answer.type not in _YES_OR_NO:
        raise BadInput(
            f"Review {review.review_id} asks whether something happened: approve if it did, reject if it did not."
        )
    if answer.args is not None and canonicalize(answer.args) == review.proposal.arguments:
        raise BadInput(f"The edit changes nothing of review {review.review_id}; approve it instead.")
    if answer.type is AnswerType.CHANGES and review.rework >= MAX_REWORK:
        raise BadInput(
            f"This request was sent back {review.rework} times already, which is the most; approve, edit or reject it."
        )


_AGREED = (ReviewState.APPROVED, ReviewState.LAPSED)


def find_bar(rows: Iterable[Row[Any]], proposal: Proposal) -> str | None:
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
