"""These handlers read, list, comment and update tickets; what customers wrote is only ever quoted."""

import re
from collections.abc import Mapping
from typing import Any

from ....policies.domain.proposal import Provenance
from ...language.formatting import format_bullets, format_count, format_day, format_record, format_words, quote_words
from ...language.request_values import find_record_numbers, name_record_to_change
from ...steps import Ask, Call, Calls, Finish, StepContext, StepResult
from ...workflows.engine.handler import Handler, HandlerRequest
from ..shared.handover import hand_over, report_handover

WORK = "support-handbook#4.1"
_STATUS = (
    (re.compile(r"\bfraud", re.IGNORECASE), "fraud"),
    (re.compile(r"\b(?:re-?open|open (?:it )?again|set .*\bopen)\b", re.IGNORECASE), "open"),
    (re.compile(r"\b(?:pending|on hold|waiting)\b", re.IGNORECASE), "pending"),
    (re.compile(r"\b(?:solved?|resolved?|done)\b", re.IGNORECASE), "solved"),
    (re.compile(r"\b(?:closed?|shut)\b", re.IGNORECASE), "closed"),
)
_COMMENT = re.compile(
    r"\b(?:comment|note|reply|respond|answer|tell|write|log|append|message)\b.*?(?::|\bthat\b)\s*(?P<body>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_COMMENTS = re.compile(r"\b(?:comment|note|reply|respond|answer|tell|write|log|append)\b", re.IGNORECASE)
_TO_CUSTOMER = re.compile(r"\b(?:reply|respond|answer|tell the customer|public|to the customer)\b", re.IGNORECASE)
_OTHER = re.compile(
    r"\b(?:assign|priority|urgency|merge|link|create|new ticket|escalate|move|take over)\b", re.IGNORECASE
)
_OPEN = re.compile(r"\b(?:open|unanswered|queue|waiting|oldest)\b", re.IGNORECASE)
MOST_OTHERS = 4
"""How many tickets are looked at beside the first that a question names."""
_MINE = re.compile(r"\bmy\b", re.IGNORECASE)
_PRIORITY = re.compile(r"\b(?:urgent|urgency|priority|important|critical)\b", re.IGNORECASE)
_ABOUT = re.compile(r"\b(?:about|mentioning|on|with)\s+(?:the\s+)?(?P<words>[a-z][\w -]{2,40})", re.IGNORECASE)


def find_ticket(case: StepContext[HandlerRequest]) -> StepResult:
    """Read the ticket, or search by customer, order, status and words."""
    said = case.input
    if ids := find_record_numbers("ticket", said.text) or (
        () if _asks_for_many(said.text) else find_record_numbers("ticket", "", said.earlier)
    ):
        keys = ("ticket", *(f"other.{number}" for number in ids[1 : 1 + MOST_OTHERS]))
        looks = zip(keys, ids, strict=False)
        return Calls(
            tuple(Call(key, "tickets.get", {"ticket_id": id}, {"ticket_id": Provenance.USER}) for key, id in looks)
        )
    args: dict[str, Any] = {"limit": 10}
    for kind in ("customer", "order"):
        if ids := find_record_numbers(kind, said.text):
            args[f"{kind}_id"] = ids[0]
    if _OPEN.search(said.text):
        args["status"] = "open"
    else:
        args |= next(({"status": status} for pattern, status in _STATUS if pattern.search(said.text)), {})
    if about := _ABOUT.search(said.text):
        plain = re.sub(r"\b(?:goods|tickets?|this week|today|us|customer|status)\b.*", "", about["words"]).strip()
        if plain:
            args["words"] = plain
    origin = dict.fromkeys(args, Provenance.USER) | {"limit": Provenance.TRUSTED}
    return Calls.of(Call("tickets", "tickets.search", args, origin))


def tell_tickets(case: StepContext[HandlerRequest]) -> Finish:
    """Say what the ticket is about, or list the tickets."""
    if "ticket" in case.outcomes:
        return case.stop("ticket", "look at the ticket") or _describe_all(case)
    if stop := case.stop("tickets", "search the tickets"):
        return stop
    found = case.value("tickets")
    lines = [
        f"{row['ticket_id']} ({format_words(row['status'])}, {row['priority']}, {row['assignee'] or 'nobody yet'}): "
        f"{quote_words(row['subject'], 80)}, opened {format_day(row['opened_at'])}"
        for row in found["tickets"]
    ]
    text = (
        f"{format_count(found['total'], 'ticket')}, newest first:\n{format_bullets(lines, total=found['total'])}"
        if lines
        else "No ticket fits."
    )
    mine = (
        "\n\nI cannot tell which are yours; name the assignee's tickets by number."
        if _MINE.search(case.input.text)
        else ""
    )
    urgent = "\n\nI cannot search by priority; it stands beside each." if _PRIORITY.search(case.input.text) else ""
    cited = tuple(row["ticket_id"] for row in found["tickets"])
    return Finish(text + mine + urgent, citations=cited, data={"total": found["total"], "tickets": list(cited)})


def _describe_all(case: StepContext[HandlerRequest]) -> Finish:
    """The ticket, and the others that were named beside it."""
    first = _describe(case.value("ticket"))
    parts, cited = [first.text], list(first.citations)
    for key in (key for key in case.outcomes if key.startswith("other.")):
        number = key.removeprefix("other.")
        stop = case.stop(key, f"look at {number}")
        parts.append(stop.text if stop else _describe(case.value(key)).text)
        cited.append(number)
    return Finish("\n\n".join(parts), citations=tuple(cited), data=first.data)


def begin_update(case: StepContext[HandlerRequest]) -> StepResult:
    """Comment or change the status; what else is asked goes to a person."""
    text = case.input.text
    ids = name_record_to_change("ticket", "Which ticket, for example TCK-0412?", text, case.input.earlier)
    if isinstance(ids, Ask):
        return ids
    if len(ids) > 1:
        return Ask(f"I change one ticket at a time: which of {', '.join(ids)} first?", "ticket_id")
    calls = []
    body = _COMMENT.search(text)
    status = None if body else next((status for pattern, status in _STATUS if pattern.search(text)), None)
    if body:
        public = _TO_CUSTOMER.search(text[: body.start("body")]) is not None
        args = {"ticket_id": ids[0], "body": body["body"].strip()[:8000], "public": public}
        calls.append(Call("comment", "tickets.comment", args, dict.fromkeys(args, Provenance.USER)))
    elif status:
        args = {"ticket_id": ids[0], "status": status}
        calls.append(Call("status", "tickets.set_status", args, dict.fromkeys(args, Provenance.USER)))
    elif _OTHER.search(text):
        return hand_over(case)
    elif _COMMENTS.search(text):
        return Ask(
            f"What should the comment on {ids[0]} say? Write it after a colon, like “comment: the part was sent”.",
            "comment",
        )
    else:
        return Ask(
            f"What should I do with {ids[0]}: comment on it, or set it to open, pending, solved or closed?", "change"
        )
    return Calls(tuple(calls))


def tell_update(case: StepContext[HandlerRequest]) -> Finish:
    """Say what was changed."""
    if "task" in case.outcomes:
        return report_handover(case)
    if "comment" in case.outcomes:
        made = case.outcome("comment")
        stop = case.stop("comment", "comment on the ticket")
        return stop or Finish(
            f"Commented on {made.value['ticket_id']} ({made.value['comment_id']}).",
            citations=(made.value["ticket_id"], WORK),
        )
    if stop := case.stop("status", "change the ticket"):
        return Finish(stop.text, stop.status, (WORK,))
    moved = case.value("status")
    text = f"{moved['ticket_id']} was {format_words(moved['before'])} and is **{format_words(moved['status'])}** now."
    return Finish(text, citations=(moved["ticket_id"], WORK), data={"ticket": dict(moved)})


def _describe(ticket: Mapping[str, Any]) -> Finish:
    about = f" about {ticket['order_id']}" if ticket["order_id"] else ""
    lines = [f"The customer wrote: {quote_words(ticket['subject'] + ': ' + ticket['body'], 400)}"]
    lines += [
        f"{item['author']} on {format_day(item['at'])}: {quote_words(item['body'], 200)}"
        for item in ticket["comments"][-5:]
    ]
    text = (
        f"**{ticket['ticket_id']}** of {format_record(ticket['customer'], ticket['customer_id'])}{about} is "
        f"**{format_words(ticket['status'])}**, priority {ticket['priority']}, with "
        f"{ticket['assignee'] or 'nobody yet'}, "
        f"opened {format_day(ticket['opened_at'])}.\n{format_bullets(lines)}"
    )
    names = ("ticket_id", "customer_id", "order_id", "status", "priority", "assignee")
    return Finish(text, citations=(ticket["ticket_id"],), data={"ticket": {name: ticket[name] for name in names}})


def _asks_for_many(text: str) -> bool:
    return re.search(r"\btickets\b", text, re.IGNORECASE) is not None


TICKET_QUESTION = Handler(find_ticket, tell_tickets)
TICKET_UPDATE = Handler(
    begin_update,
    tell_update,
    writes=("tickets.comment", "tickets.set_status", "tasks.create"),
    answered_by=("ticket_question", "support_policy_question"),
)
