"""A review as people and programs see it: everything that is signed, in words, with what looks suspicious."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.text import Text

from ..policies.principal import Principal
from ..policies.proposal import Provenance
from ..policies.review import Review, ReviewState
from ..policies.wording import BASE_CURRENCY, money
from .unicode_care import exposed, safe, warnings_of

_SOURCES = {
    Provenance.USER: "said by the requester",
    Provenance.TRUSTED: "from a system of record",
    Provenance.UNTRUSTED: "FROM OUTSIDE TEXT",
    Provenance.MODEL: "FOUND NOWHERE",
}
_GOOD = (Provenance.USER, Provenance.TRUSTED)
_UNKNOWN = "of unknown source"


def review_record(review: Review, reader: Principal) -> dict[str, Any]:
    """The review as plain JSON data, with what this reader may do about it."""
    proposal, decision = review.proposal, review.decision
    refusal = review.refuse(reader) if review.state is ReviewState.OPEN else f"It is {review.state} already."
    return {
        "review_id": review.review_id,
        "state": str(review.state),
        "summary": review.summary,
        "tool": proposal.tool,
        "version": proposal.version,
        "args": proposal.args,
        "money": dict(_amounts(proposal.args)),
        "provenance": dict(proposal.provenance),
        "planned": proposal.planned,
        "tainted": proposal.tainted,
        "warnings": warnings_of(proposal.args),
        "reasons": list(decision["reasons"]),
        "rules": list(decision["rules"]),
        "sections": list(decision["sections"]),
        "seats": list(review.seats),
        "free_seats": list(review.free_seats),
        "due": review.due_at.isoformat(),
        "escalates_to": list(review.escalation),
        "escalated_at": review.escalated_at,
        "requester": review.requester,
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
        "because": refusal or "",
    }


def review_text(review: Review, reader: Principal, now: datetime) -> Text:
    """The review for a person about to sign it."""
    proposal, decision = review.proposal, review.decision
    text = Text()
    text.append(f"{review.review_id}", style="bold").append(f"  {review.state}  ").append(safe(review.summary) + "\n")
    _line(text, "Action", f"{proposal.tool} (version {proposal.version}), proposed by {proposal.agent}")
    _line(text, "For", f"{review.requester}, conversation {proposal.thread}")
    text.append("  Arguments\n", style="bold")
    for path, value, source in _arguments(proposal.args, proposal.provenance):
        text.append(f"    {exposed(path)} = {value}  ")
        text.append(f"({source})\n", style="dim" if source in (_SOURCES[good] for good in _GOOD) else "bold red")
    for warning in warnings_of(proposal.args):
        text.append(f"    Careful: {safe(warning)}\n", style="bold red")
    if proposal.tainted:
        text.append("  Text from outside had been read before this was proposed.\n", style="yellow")
    for reason in decision["reasons"]:
        _line(text, "Why", reason)
    _line(text, "Rules", ", ".join(decision["rules"]))
    if decision["sections"]:
        _line(text, "Handbook", ", ".join(decision["sections"]))
    _line(text, "Due", f"{review.due_at:%Y-%m-%d %H:%M} UTC{_left(review, now)}")
    _line(text, "Seats", _seats(review))
    if review.escalation:
        escalated = f" (since {review.escalated_at[:16].replace('T', ' ')} UTC)" if review.escalated_at else ""
        _line(text, "Escalates to", ", ".join(review.escalation) + escalated)
    for signature in review.signatures:
        said = f": {signature.message}" if signature.message else ""
        _line(text, "Signed", f"{signature.user_id} as {signature.role}, {signature.type} at {signature.at}{said}")
    if review.edited_args is not None:
        _line(text, "Edited", ", ".join(changes(proposal.args, review.edited_args)) or "nothing")
    if review.state is not ReviewState.OPEN:
        _line(text, "Closed", f"{review.state} at {review.closed_at}{f': {review.message}' if review.message else ''}")
    else:
        _line(text, "You", review.refuse(reader) or "may answer: approve, edit, reject or respond.")
    _line(text, "Digest", proposal.digest)
    text.right_crop(1)
    return text


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What an edit changes, one entry for each argument."""
    return [
        f"{exposed(key)}: {exposed(_plain(before.get(key)))} → {exposed(_plain(after.get(key)))}"
        for key in dict.fromkeys((*before, *after))
        if before.get(key) != after.get(key)
    ]


def _arguments(args: Mapping[str, Any], provenance: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    amounts = dict(_amounts(args))
    for path, value in _leaves(args):
        shown = exposed(_plain(value))
        if path in amounts:
            shown = f"{amounts[path]} ({shown})"
        yield path, shown, _source(path, provenance)


def _source(path: str, provenance: Mapping[str, str]) -> str:
    """The least trusted source of the value and of what it stands in."""
    parts = path.split(".")
    known = [provenance[name] for end in range(1, len(parts) + 1) if (name := ".".join(parts[:end])) in provenance]
    ranked = (Provenance.MODEL, Provenance.UNTRUSTED, Provenance.USER, Provenance.TRUSTED)
    worst = next((source for source in ranked if source in known), None)
    return _SOURCES[worst] if worst else _UNKNOWN


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, Sequence) and not isinstance(value, str) and value:
        for place, item in enumerate(value):
            yield from _leaves(item, f"{path}.{place}")
    else:
        yield path, value


def _amounts(args: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Minor units in words, by path; the currency stands beside the amount."""
    leaves = dict(_leaves(args))
    for path, value in leaves.items():
        if path.endswith("_minor") and isinstance(value, int) and not isinstance(value, bool):
            inside, dot, _ = path.rpartition(".")
            currency = leaves.get(f"{inside}{dot}currency")
            yield path, money(value, currency if isinstance(currency, str) and currency else BASE_CURRENCY)


def _plain(value: Any) -> str:
    if value is None:
        return "(nothing)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _seats(review: Review) -> str:
    free = list(review.free_seats)
    shown = []
    for seat in review.seats:
        if seat in free:
            free.remove(seat)
            shown.append(f"{seat} (free)")
        else:
            shown.append(f"{seat} (signed)")
    return ", ".join(shown)


def _left(review: Review, now: datetime) -> str:
    if review.state is not ReviewState.OPEN:
        return ""
    left = review.due_at - now.astimezone(UTC)
    if left < timedelta(0):
        return " (overdue)"
    days, hours, minutes = left.days, left.seconds // 3600, left.seconds % 3600 // 60
    return f" (in {days} d {hours} h)" if days else f" (in {hours} h {minutes} min)"


def _line(text: Text, name: str, value: str) -> None:
    text.append(f"  {name}: ", style="bold").append(safe(value).replace("\n", " ") + "\n")
