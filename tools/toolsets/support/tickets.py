"""These tools read and change support tickets; what customers write in them is untrusted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from ....policies.domain.proposal import Effect
from ...asked_as import AskedAs
from ...spec import Arguments, Fields, Result, ToolContext, ToolSpec, split_paths, tool
from ..base.fields import Flag, Id, Limit, Prose, Query
from ..base.idempotent import StatusChange, begin_change, change_status, find_status_change, get_now
from ..base.lookup import MAX_ROWS, get_party_name, require_record

TicketState = Literal["open", "pending", "solved", "closed", "fraud"]
_STATUSES = ("open", "pending", "solved", "closed", "fraud")
_ENDED = ("solved", "closed", "fraud")


TICKET_FIELDS: Fields = {
    **dict.fromkeys(("ticket_id", "status"), "text"),
    **dict.fromkeys(("customer_id", "order_id", "assignee"), "text?"),
}


class TicketQuery(Arguments):
    """Which ticket."""

    ticket_id: Id


class Comment(Result):
    """One comment; a public one is seen by the customer."""

    author: str
    public: bool
    body: str
    at: datetime


class Ticket(Result):
    """A ticket with its comments, oldest first."""

    ticket_id: str
    customer_id: str
    customer: str
    order_id: str | None
    channel: str
    subject: str
    body: str
    topic: str
    status: str
    priority: str
    assignee: str | None
    opened_at: datetime
    closed_at: datetime | None
    comments: list[Comment]


@tool(
    "tickets.get",
    effect=Effect.READ,
    owner="support",
    system="support desk",
    summary="Read ticket {ticket_id}",
    untrusted=("subject", "body", "comments.body"),
    visible=split_paths(
        "ticket_id customer_id order_id channel subject body topic status priority assignee opened_at closed_at "
        "comments.author comments.public comments.body comments.at"
    ),
)
def get_ticket(args: TicketQuery, context: ToolContext) -> Ticket:
    """One ticket with what the customer wrote and all comments."""
    records = context.services.records
    row = require_record(records, "ticket", args.ticket_id)
    comments = records.find("ticket_comment", where={"ticket_id": row["id"]}, order_by="at", limit=200)
    return Ticket(
        ticket_id=row["id"],
        customer=get_party_name(records, "customer", row["customer_id"]),
        **{name: row[name] for name in Ticket.model_fields if name not in ("ticket_id", "customer", "comments")},
        comments=[Comment(**{name: item[name] for name in Comment.model_fields}) for item in comments],
    )


class TicketSearch(Arguments):
    """Conditions; all that are given must hold."""

    words: Query | None = None
    customer_id: Id | None = None
    order_id: Id | None = None
    status: TicketState | None = None
    topic: Id | None = None
    assignee: Id | None = None
    limit: Limit = 20


class TicketRow(Result):
    """A ticket in a list."""

    ticket_id: str
    customer_id: str
    order_id: str | None
    subject: str
    topic: str
    status: str
    priority: str
    assignee: str | None
    opened_at: datetime


class TicketRows(Result):
    """Tickets, newest first; ``total`` counts all that match."""

    tickets: list[TicketRow]
    total: int


@tool(
    "tickets.search",
    effect=Effect.READ,
    owner="support",
    system="support desk",
    summary="Search tickets {words}",
    untrusted=("tickets.subject",),
    visible=split_paths(
        "tickets.ticket_id tickets.customer_id tickets.order_id tickets.subject tickets.topic tickets.status "
        "tickets.priority tickets.assignee tickets.opened_at total"
    ),
)
def search_tickets(args: TicketSearch, context: ToolContext) -> TicketRows:
    """Tickets by words in subject or text, customer, order, status, topic and assignee; newest first."""
    records = context.services.records
    where: dict[str, Any] = {
        name: value for name in ("status", "topic", "assignee") if (value := getattr(args, name)) is not None
    }
    for kind, id in (("customer", args.customer_id), ("order", args.order_id)):
        if id is not None:
            where[f"{kind}_id"] = require_record(records, kind, id)["id"]
    found = records.find("ticket", where=where, order_by=("-opened_at", "-id"), limit=MAX_ROWS)
    if args.words is not None:
        wanted = args.words.casefold().split()
        found = [row for row in found if all(word in f"{row['subject']} {row['body']}".casefold() for word in wanted)]
    rows = [
        TicketRow(ticket_id=row["id"], **{name: row[name] for name in list(TicketRow.model_fields)[1:]})
        for row in found[: args.limit]
    ]
    return TicketRows(tickets=rows, total=len(found))


def _facts(args: Any, context: ToolContext) -> Mapping[str, Mapping[str, Any]]:
    row = require_record(context.services.records, "ticket", args.ticket_id)
    names = ("customer_id", "order_id", "status", "assignee")
    return {"ticket": {"ticket_id": row["id"]} | {name: row[name] for name in names}}


class NewComment(Arguments):
    """A comment; ``public`` shows it to the customer."""

    ticket_id: Id
    body: Prose
    public: Flag = False


class AddedComment(Result):
    """A comment that was added."""

    comment_id: str
    ticket_id: str


def _find_comment(_args: NewComment, context: ToolContext) -> AddedComment | None:
    row = context.services.records.by_key("ticket_comment", context.key)
    return AddedComment(comment_id=row["id"], ticket_id=row["ticket_id"]) if row else None


@tool(
    "tickets.comment",
    effect=Effect.WRITE,
    owner="support",
    system="support desk",
    asked_as=AskedAs(
        verbs=("comment", "reply", "answer", "tell the customer", "write to the customer"),
        light_verbs=("write", "add", "put", "leave", "note", "post"),
        objects=("comment", "note", "ticket", "reply", "customer"),
        takes_text=True,
        examples=("comment on TCK-0412: the part was sent",),
    ),
    summary="Comment on ticket {ticket_id} (public: {public}): {body}",
    critical=("ticket_id", "public"),
    idempotent=True,
    facts=_facts,
    reconcile=_find_comment,
    touches={"ticket": TICKET_FIELDS},
    visible=split_paths("comment_id ticket_id"),
)
def comment_ticket(args: NewComment, context: ToolContext) -> AddedComment:
    """Adds a comment to a ticket; the customer sees it only when it is public."""
    with begin_change(context) as records:
        ticket = require_record(records, "ticket", args.ticket_id)
        row = {
            "ticket_id": ticket["id"],
            "author": context.principal.user_id,
            "public": args.public,
            "body": args.body,
            "at": get_now(context),
        }
        return AddedComment(comment_id=records.insert("ticket_comment", row, key=context.key), ticket_id=ticket["id"])


class TicketStatus(Arguments):
    """The new status of a ticket; ``fraud`` closes it as fraud."""

    ticket_id: Id
    status: TicketState


class TicketStatusChange(Result):
    """A ticket whose status was changed."""

    ticket_id: str
    before: str
    status: str


def _result(done: StatusChange) -> TicketStatusChange:
    return TicketStatusChange(ticket_id=done.id, before=done.before, status=done.after)


def _find_change(_args: TicketStatus, context: ToolContext) -> TicketStatusChange | None:
    done = find_status_change(context.services.records, context)
    return _result(done) if done else None


@tool(
    "tickets.set_status",
    effect=Effect.WRITE,
    owner="support",
    system="support desk",
    asked_as=AskedAs(
        verbs=("close", "reopen", "resolve", "solve", "open"),
        light_verbs=("set", "mark", "put", "change", "move", "switch", "update"),
        objects=("ticket", "status"),
        examples=("close ticket TCK-0412", "set TCK-0412 to pending"),
    ),
    summary="Set ticket {ticket_id} to {status}",
    critical=("ticket_id", "status"),
    idempotent=True,
    facts=_facts,
    reconcile=_find_change,
    undo_tool="tickets.set_status",
    undo=lambda args, result: {"ticket_id": args["ticket_id"], "status": result["before"]},
    touches={"ticket": TICKET_FIELDS},
    visible=split_paths("ticket_id before status"),
)
def set_ticket_status(args: TicketStatus, context: ToolContext) -> TicketStatusChange:
    """Changes the status of a ticket: open, pending, solved, closed, or closed as fraud."""
    allowed = [status for status in _STATUSES if status != args.status]
    ended = {"closed_at": get_now(context) if args.status in _ENDED else None}
    return _result(change_status(context, "ticket", args.ticket_id, args.status, allowed=allowed, also=ended))


TOOLS: tuple[ToolSpec, ...] = (get_ticket, search_tickets, comment_ticket, set_ticket_status)
