"""These tools give tasks to colleagues and close them."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from ....policies.domain.proposal import Effect
from ....policies.errors import BadInput
from ...connectors.port import BusinessRecord
from ...spec import Arguments, Fields, Result, ToolContext, ToolSpec, split_paths, tool
from ..base.fields import Id, Line
from ..base.idempotent import begin_change, change_status, find_status_change
from ..base.lookup import require_record

_KINDS = {"CON": "contract", "INV": "invoice", "ORD": "order", "TCK": "ticket", "CUS": "customer", "SUP": "supplier"}


TASK_FIELDS: Fields = dict.fromkeys(("task_id", "assignee", "created_by", "status"), "text?")


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


def _task(row: BusinessRecord) -> Task:
    return Task(task_id=row["id"], **{name: row[name] for name in list(Task.model_fields)[1:]})


def _find_created(_args: NewTask, context: ToolContext) -> Task | None:
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


def _assigned(title: str, detail: str, assignee: str) -> dict[str, Any]:
    return {"title": title[:200], "detail": detail[:4000]} | ({"assignee": assignee} if assignee else {})


@tool(
    "tasks.create",
    effect=Effect.WRITE,
    owner="platform",
    system="tasks",
    summary="Task for {assignee} until {due_on}: {title}",
    critical=("assignee",),
    idempotent=True,
    facts=_facts,
    reconcile=_find_created,
    undo_tool="tasks.close",
    undo=lambda _args, result: {"task_id": result["task_id"]},
    assign=_assigned,
    touches={"task": {name: TASK_FIELDS[name] for name in ("assignee", "created_by")}},
    visible=split_paths("task_id title assignee status due_on"),
)
def create_task(args: NewTask, context: ToolContext) -> Task:
    """Gives a colleague, or yourself, a task."""
    with begin_change(context) as records:
        known = records.by_key("task", context.key)
        if known is not None:
            return _task(known)
        kind = about = None
        if args.about_id is not None:
            kind = _KINDS.get(args.about_id.partition("-")[0].upper())
            if kind is None:
                raise BadInput(f"A task cannot be about {args.about_id}; name a record such as CON-0031 or INV-1042.")
            about = require_record(records, kind, args.about_id)["id"]
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


class TaskClosure(Result):
    """A task that is done."""

    task_id: str
    status: str


def _close_facts(args: TaskChoice, context: ToolContext) -> Mapping[str, Mapping[str, Any]]:
    row = require_record(context.services.records, "task", args.task_id)
    names = ("assignee", "created_by", "status")
    return {"task": {"task_id": row["id"]} | {name: row[name] for name in names}}


def _find_closed(_args: TaskChoice, context: ToolContext) -> TaskClosure | None:
    done = find_status_change(context.services.records, context)
    return TaskClosure(task_id=done.id, status=done.after) if done else None


@tool(
    "tasks.close",
    effect=Effect.WRITE,
    owner="platform",
    system="tasks",
    summary="Close task {task_id}",
    critical=("task_id",),
    idempotent=True,
    facts=_close_facts,
    reconcile=_find_closed,
    touches={"task": TASK_FIELDS},
    visible=split_paths("task_id status"),
)
def close_task(args: TaskChoice, context: ToolContext) -> TaskClosure:
    """Closes an open task as done."""
    done = change_status(context, "task", args.task_id, "done", allowed=("open",))
    return TaskClosure(task_id=done.id, status=done.after)


TOOLS: tuple[ToolSpec, ...] = (create_task, close_task)
