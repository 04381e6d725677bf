"""Tasks for colleagues."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from ....policies.domain.proposal import Effect
from ....policies.errors import BadInput
from ...connectors.port import Record
from ...spec import Arguments, Result, ToolContext, ToolSpec, tool
from ..base.fields import Id, Line
from ..base.idempotent import move, moved, writing
from ..base.lookup import required

_KINDS = {"CON": "contract", "INV": "invoice", "ORD": "order", "TCK": "ticket", "CUS": "customer", "SUP": "supplier"}


class NewTask(Arguments):
    """What is to be done, by whom (oneself when left out) and until when; ``about_id`` is a record such as CON-0031."""

    title: Line
    detail: Annotated[str, Field(max_length=4000)] = ""
    assignee: Id | None = None
    due_on: date | None = None
    about_id: Id | None = None


class Task(Result):
    """A task as it was recorded."""

    task_id: str
    title: str
    assignee: str
    status: str
    due_on: date | None


def _task(row: Record) -> Task:
    return Task(task_id=row["id"], **{name: row[name] for name in list(Task.model_fields)[1:]})


def _created(_args: NewTask, context: ToolContext) -> Task | None:
    row = context.services.records.by_key("task", context.key)
    return _task(row) if row else None


def _assignee(args: NewTask, context: ToolContext) -> str:
    user_id = args.assignee or context.principal.user_id
    found = context.services.directory.get(user_id)
    if found is None or found.tenant != context.principal.tenant:
        raise BadInput(f"Nobody with the id {user_id!r} is in the directory; a task needs somebody who does it.")
    return found.user_id


def _facts(args: NewTask, context: ToolContext) -> Mapping[str, Mapping[str, Any]]:
    return {"task": {"assignee": _assignee(args, context), "created_by": context.principal.user_id}}


@tool(
    "tasks.create",
    effect=Effect.WRITE,
    owner="platform",
    system="tasks",
    summary="Task for {assignee} until {due_on}: {title}",
    critical=("assignee",),
    idempotent=True,
    facts=_facts,
    reconcile=_created,
    undo_tool="tasks.close",
    undo=lambda _args, result: {"task_id": result["task_id"]},
)
def create(args: NewTask, context: ToolContext) -> Task:
    """Gives a colleague, or yourself, a task."""
    with writing(context) as records:
        known = records.by_key("task", context.key)
        if known is not None:
            return _task(known)
        kind = about = None
        if args.about_id is not None:
            kind = _KINDS.get(args.about_id.partition("-")[0].upper())
            if kind is None:
                raise BadInput(f"A task cannot be about {args.about_id}; name a record such as CON-0031 or INV-1042.")
            about = required(records, kind, args.about_id)["id"]
        row = {
            "title": args.title,
            "detail": args.detail,
            "about_kind": kind,
            "about_id": about,
            "assignee": _assignee(args, context),
            "created_by": context.principal.user_id,
            "status": "open",
            "due_on": args.due_on,
        }
        return _task(row | {"id": records.insert("task", row, key=context.key)})


class TaskChoice(Arguments):
    """Which task."""

    task_id: Id


class TaskClosed(Result):
    """A task that is done."""

    task_id: str
    status: str


def _close_facts(args: TaskChoice, context: ToolContext) -> Mapping[str, Mapping[str, Any]]:
    row = required(context.services.records, "task", args.task_id)
    names = ("assignee", "created_by", "status")
    return {"task": {"task_id": row["id"]} | {name: row[name] for name in names}}


def _closed(_args: TaskChoice, context: ToolContext) -> TaskClosed | None:
    done = moved(context.services.records, context)
    return TaskClosed(task_id=done.id, status=done.after) if done else None


@tool(
    "tasks.close",
    effect=Effect.WRITE,
    owner="platform",
    system="tasks",
    summary="Close task {task_id}",
    critical=("task_id",),
    idempotent=True,
    facts=_close_facts,
    reconcile=_closed,
)
def close(args: TaskChoice, context: ToolContext) -> TaskClosed:
    """Closes an open task as done."""
    done = move(context, "task", args.task_id, "done", allowed=("open",))
    return TaskClosed(task_id=done.id, status=done.after)


TOOLS: tuple[ToolSpec, ...] = (create, close)
