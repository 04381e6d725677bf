"""A review is shown with everything that is signed, in words, and with what looks suspicious."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.text import Text

from ...policies.domain.principal import Principal
from ...policies.review import in_doubt
from ...policies.review.answers import list_allowed_answers
from ...policies.review.review import Review, ReviewState
from ...policies.review.wording import format_review_state, format_seat, format_signature
from ..access.inbox import may_judge
from ..terminal.unicode_safety import escape_unsafe, find_suspicions
from .value_view import GOOD_SOURCES, describe_amounts, describe_arguments, describe_changes, describe_records


def serialize_review(review: Review, reader: Principal, now: datetime) -> dict[str, Any]:
    """The review as plain JSON data, with what this reader may do about it.

    ``shown``, the records that policy judged, is there only for those who may judge by them.
    """
    proposal, decision = review.proposal, review.decision
    refusal = review.refuse(reader) if review.state is ReviewState.OPEN else f"It is {review.state} already."
    known = (
        {"shown": review.shown, "shown_warnings": find_suspicions(review.shown)} if may_judge(review, reader) else {}
    )
    return {
        "review_id": review.review_id,
        "state": str(review.state),
        "summary": review.summary,
        "tool": proposal.tool,
        "version": proposal.version,
        "args": proposal.args,
        "money": dict(describe_amounts(proposal.args)),
        "provenance": dict(proposal.provenance),
        "planned": proposal.planned,
        "tainted": proposal.tainted,
        "warnings": find_suspicions(proposal.args),
        **known,
        "reasons": list(decision["reasons"]),
        "rules": list(decision["rules"]),
        "sections": list(decision["sections"]),
        "owner": review.owner,
        "priority": review.priority,
        "seats": list(review.seats),
        "free_seats": list(review.free_seats),
        "asked": list(review.named_persons),
        "due": review.due_at.isoformat(),
        "overdue": review.overdue(now),
        "on_expiry": decision["on_expiry"],
        "follow_up": review.follow_up_at.isoformat() if review.follow_up_at else None,
        "reminders": review.reminders,
        "escalates_to": list(review.escalation),
        "escalated_to": list(review.escalated_to),
        "escalated_at": review.escalated_at,
        "requester": review.requester,
        "edited_by": proposal.edited_by,
        "revises": review.revises,
        "rework": review.rework,
        "agent": proposal.agent,
        "thread": proposal.thread,
        "run": proposal.run,
        "digest": proposal.digest,
        "opened_at": review.opened_at,
        "closed_at": review.closed_at,
        "message": review.message,
        "edited_args": review.edited_args,
        "signatures": [signature.record() for signature in review.signatures],
        "you_may_answer": refusal is None,
        "you_may": [str(answer) for answer in list_allowed_answers(review, reader)],
        "because": refusal or "",
    }


def format_review(
    review: Review, reader: Principal, now: datetime, before: Review | None = None, able: Sequence[str] = ()
) -> Text:
    """The review for a person about to sign it.

    Args:
        before: the review it comes after, as :func:`..access.inbox.find_sent_back` finds it.
        able: user ids of all who may answer now, as :func:`..access.inbox.list_eligible_reviewers` finds them.
    """
    text = Text()
    text.append(f"{review.review_id}", style="bold").append(f"  {format_review_state(review.state)}  ")
    text.append(escape_unsafe(review.summary).replace("\n", " ") + "\n")
    _add_action(text, review)
    if review.revises:
        text.append(f"  {escape_unsafe(_revision(review, reader, before)).replace(chr(10), ' ')}\n", style="bold")
    if may_judge(review, reader) and review.shown:
        _add_records(text, review)
    _add_reasons(text, review)
    _add_people_and_deadline(text, review, now)
    if able:
        _line(text, "May answer", ", ".join(able))
    for signature in review.signatures:
        _line(text, "Signed", format_signature(signature))
    if review.edited_args is not None:
        _line(text, "Edited", ", ".join(describe_changes(review.proposal.args, review.edited_args)) or "nothing")
    if review.state is ReviewState.OPEN:
        _add_own_answers(text, review, reader)
    else:
        said = f": {review.message}" if review.message else ""
        _line(text, "Closed", f"{format_review_state(review.state)} at {review.closed_at}{said}")
    _line(text, "Digest", review.proposal.digest)
    text.right_crop(1)
    return text


def _add_action(text: Text, review: Review) -> None:
    proposal = review.proposal
    _line(text, "Action", f"{proposal.tool} (version {proposal.version}), proposed by {proposal.agent}")
    _line(text, "For", f"{review.requester}, conversation {proposal.thread}")
    if proposal.edited_by:
        _line(text, "Edited by", f"{proposal.edited_by}; it is decided under the rights of both")
    text.append("  Arguments\n", style="bold")
    for path, value, source in describe_arguments(proposal.args, proposal.provenance):
        text.append(f"    {path} = {value}  ")
        if proposal.tool == in_doubt.SETTLE_TOOL:
            text.append("(as it was called)\n", style="dim")
        else:
            text.append(f"({source})\n", style="dim" if source in GOOD_SOURCES else "bold red")
    for warning in find_suspicions(proposal.args):
        text.append(f"    Careful: {escape_unsafe(warning)}\n", style="bold red")
    if proposal.tainted:
        text.append("  Text from outside had been read before this was proposed.\n", style="yellow")


def _add_records(text: Text, review: Review) -> None:
    text.append("  Judged on\n", style="bold")
    for line in describe_records(review.shown):
        text.append(f"    {line}\n")
    for warning in find_suspicions(review.shown):
        text.append(f"    Careful: {escape_unsafe(warning)}\n", style="bold red")


def _add_reasons(text: Text, review: Review) -> None:
    decision = review.decision
    for reason in decision["reasons"]:
        _line(text, "Why", reason)
    _line(text, "Rules", ", ".join(decision["rules"]))
    if decision["sections"]:
        _line(text, "Handbook", ", ".join(decision["sections"]))


def _add_people_and_deadline(text: Text, review: Review, now: datetime) -> None:
    is_open = review.state is ReviewState.OPEN
    _line(text, "Priority", f"{review.priority}{f'; {review.owner} sees that it is answered' if review.owner else ''}")
    _line(text, "Due", f"{_moment(review.due_at)}{_format_time_left(review, now) if is_open else ''}")
    if is_open and review.follow_up_at is not None:
        _line(text, "Reminder", f"{_moment(review.follow_up_at)}{_format_reminders(review)}")
    elif review.reminders:
        _line(text, "Reminded", _times(review.reminders))
    _line(text, "Seats", _seats(review))
    if review.named_persons and is_open:
        _line(text, "Asked", ", ".join(review.named_persons))
    if review.escalation:
        _line(text, "Escalates to", _chain(review))
    if is_open:
        _line(text, "Unanswered", _UNANSWERED[review.decision["on_expiry"]])


_UNANSWERED = {
    "deny": "it is denied at the end",
    "allow": "it runs at the end",
    "wait": "it stays open until somebody answers",
}


def _add_own_answers(text: Text, review: Review, reader: Principal) -> None:
    can = [str(answer).replace("_", " ") for answer in list_allowed_answers(review, reader)]
    if refusal := review.refuse(reader):
        _line(text, "You", refusal)
    elif review.proposal.tool == in_doubt.SETTLE_TOOL:
        _line(text, "You", "Approve if it happened, reject if it did not.")
    if can:
        _line(text, "You may", ", ".join(can))


def _revision(review: Review, reader: Principal, before: Review | None) -> str:
    told = f"Revision {review.rework + 1} of {review.revises}"
    if before is None or not before.signatures:
        return told
    last = before.signatures[-1]
    who = "you" if last.human == reader.human else last.user_id
    return f"{told}; {who} asked: {before.message}"


def _chain(review: Review) -> str:
    """The escalation chain, with how far it has been climbed."""
    steps = [f"{role} (reached)" if place < review.level else role for place, role in enumerate(review.escalation)]
    since = f"; last on {review.escalated_at[:16].replace('T', ' ')} UTC" if review.escalated_at else ""
    return ", then ".join(steps) + since


def _seats(review: Review) -> str:
    free = list(review.free_seats)
    shown = []
    for seat in review.seats:
        if seat in free:
            free.remove(seat)
            shown.append(f"{format_seat(seat)} (free)")
        else:
            shown.append(f"{format_seat(seat)} (signed)")
    return ", ".join(shown)


def _format_reminders(review: Review) -> str:
    return f" (reminded {_times(review.reminders)} before)" if review.reminders else ""


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _format_time_left(review: Review, now: datetime) -> str:
    left = review.due_at - now.astimezone(UTC)
    late = "overdue, " if review.overdue(now) else ""
    if left < timedelta(0):
        return " (overdue)"
    days, hours, minutes = left.days, left.seconds // 3600, left.seconds % 3600 // 60
    return f" ({late}in {days} d {hours} h)" if days else f" ({late}in {hours} h {minutes} min)"


def _line(text: Text, name: str, value: str) -> None:
    text.append(f"  {name}: ", style="bold").append(escape_unsafe(value).replace("\n", " ") + "\n")
