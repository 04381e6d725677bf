"""The inbox says which reviews a principal may see and what of them, and finds one by the beginning of its id."""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any

from ...policies.audit.readers import may_read_all
from ...policies.domain.decision import Priority
from ...policies.domain.principal import Directory, Principal
from ...policies.errors import BadInput, Tampered
from ...policies.review.review import PERSON_PREFIX, Review, ReviewState
from ...policies.review.store import ReviewStore

REVIEW_PREFIX = "REV-"
SHORTEST_ID = 3
_WHOLE = re.compile(rf"{REVIEW_PREFIX}[0-9a-f]{{12}}")


def may_see(review: Review, reader: Principal) -> bool:
    """Whether the review concerns this principal: asked for it, signed it, may sit on it, or audits.

    Two accounts of one person are one.
    """
    own = reader.tenant == review.proposal.tenant and reader.human == review.requester_human
    return own or may_judge(review, reader)


def may_judge(review: Review, reader: Principal) -> bool:
    """Whether the records that policy judged may be shown to this principal: who may answer or answered, or audits.

    The requester may not by that alone; they may have no right to those records.
    """
    if reader.tenant != review.proposal.tenant:
        return False
    if may_read_all(reader):
        return True
    if reader.human == review.requester_human:
        return False
    seats = {*review.seats, *review.escalated_to}
    asked = {f"{PERSON_PREFIX}{signature.to}" for signature in review.signatures if signature.to}
    sits = bool(reader.roles & seats) or f"{PERSON_PREFIX}{reader.user_id}" in seats | asked
    return sits or reader.human in {signature.human for signature in review.signatures}


def list_visible_reviews(reviews: ReviewStore, reader: Principal, *, state: ReviewState | None) -> list[Review]:
    """The reviews this principal may see, those due first at the front."""
    return [review for review in reviews.find(tenant=reader.tenant, state=state) if may_see(review, reader)]


def sort_by_urgency(found: Iterable[Review], now: datetime) -> list[Review]:
    """The most pressing first: what is open before what has ended, overdue, by priority, by when it is due."""

    def pressing(review: Review) -> tuple[bool, bool, int, datetime, str]:
        ended = review.state is not ReviewState.OPEN
        return ended, not review.overdue(now), -Priority(review.priority).rank, review.due_at, review.review_id

    return sorted(found, key=pressing)


def find_sent_back(reviews: ReviewStore, review: Review) -> Review | None:
    """The review that was sent back for changes and that this one comes after, if there is one that can be trusted."""
    if not review.revises:
        return None
    with suppress(BadInput, Tampered):
        return reviews.get(review.revises)
    return None


def list_eligible_reviewers(review: Review, directory: Directory) -> list[str]:
    """User ids of all who may answer an open review now: the members of its seats, without who asked or signed."""
    if review.state is not ReviewState.OPEN:
        return []
    return [person.user_id for person in directory.everyone() if review.refuse(person) is None]


def find_review(reviews: ReviewStore, reader: Principal, given: str) -> Review:
    """The review whose id begins like this, among those the principal may see.

    Raises:
        BadInput: none or several do.
    """
    wanted = given.strip()
    wanted = wanted if wanted.upper().startswith(REVIEW_PREFIX) else REVIEW_PREFIX + wanted
    wanted = REVIEW_PREFIX + wanted[len(REVIEW_PREFIX) :].lower()
    if len(wanted) < len(REVIEW_PREFIX) + SHORTEST_ID:
        raise BadInput(
            f"{given!r} is too short for a review's id; give at least {SHORTEST_ID} characters after {REVIEW_PREFIX}."
        )
    found = [
        review for review in list_visible_reviews(reviews, reader, state=None) if review.review_id.startswith(wanted)
    ]
    exact = [review for review in found if review.review_id == wanted]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if not found:
        raise BadInput(f"There is no review {given}; `countersign reviews list` shows those that wait.")
    raise BadInput(f"{given} could be {_format_names(review.review_id for review in found)}; give more of the id.")


def find_answerable_id(reviews: ReviewStore, reader: Principal, given: str) -> str:
    """The id of the review to answer. A whole id is taken as it is, so that a refusal is recorded in the log.

    Raises:
        BadInput: the id fits none or several.
    """
    return given if _WHOLE.fullmatch(given) else find_review(reviews, reader, given).review_id


def apply_changes(args: dict[str, Any], changes: Iterable[str]) -> dict[str, Any]:
    """The arguments with ``key=value`` changes; a value keeps the type that the argument had.

    Raises:
        BadInput: a change is not of that form, names no argument, or its value has another type.
    """
    after = dict(args)
    for change in changes:
        key, found, value = change.partition("=")
        key = key.strip()
        if not found or not key:
            raise BadInput(f"{change!r} changes nothing; write --set name=value, for example --set amount_minor=4500.")
        if key not in args:
            raise BadInput(f"There is no argument {key!r}; there are {', '.join(args)}.")
        after[key] = _parse_typed(key, value, args[key])
    return after


def _parse_typed(key: str, value: str, before: Any) -> Any:
    if isinstance(before, str):
        return value
    if before is None:
        return None if value == "" else value
    readers: dict[type, tuple[Callable[[str], Any], str]] = {
        bool: (_parse_flag, "yes or no"),
        int: (int, "a whole number; money is in minor units, 4500 is 45.00"),
    }
    reader, expected = readers.get(type(before), (_parse_json, "JSON"))
    try:
        return reader(value)
    except ValueError:
        raise BadInput(f"{key} must be {expected}; {value!r} is not.") from None


def _parse_flag(value: str) -> bool:
    known = {"yes": True, "true": True, "no": False, "false": False}
    if value.lower() not in known:
        raise ValueError(value)
    return known[value.lower()]


def _parse_json(value: str) -> Any:
    import json

    return json.loads(value)


def _format_names(names: Iterable[str]) -> str:
    shown = sorted(names)
    return ", ".join(shown[:5]) + (f" and {len(shown) - 5} more" if len(shown) > 5 else "")
