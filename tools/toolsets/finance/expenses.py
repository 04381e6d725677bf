"""These tools hand in and approve expenses of employees."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from ....policies.domain.proposal import Effect
from ....policies.errors import BadInput
from ...asked_as import AskedAs
from ...connectors.port import BusinessRecord, SystemOfRecord
from ...spec import Arguments, Fields, Result, ToolContext, ToolSpec, split_paths, tool
from ..base.fields import Id, Line, Minor
from ..base.idempotent import StatusChange, begin_change, change_status, find_status_change
from ..base.lookup import find_human, find_manager, require_other_person, require_record

EXPENSE_FIELDS: Fields = {
    **dict.fromkeys(("expense_id", "currency", "status", "submitted_by", "submitted_by_human"), "text"),
    "manager": "text?",
    "amount_minor": "number",
}


class NewExpense(Arguments):
    """An expense in the company's currency, what it was for, and the day when it was paid; today when left out."""

    amount_minor: Minor
    purpose: Line
    spent_on: date | None = None


class Expense(Result):
    """An expense as it was recorded."""

    expense_id: str
    employee_id: str
    amount_minor: int
    currency: str
    status: str


def _expense(row: BusinessRecord) -> Expense:
    return Expense(expense_id=row["id"], **{name: row[name] for name in list(Expense.model_fields)[1:]})


def _submit_facts(args: NewExpense, context: ToolContext) -> Mapping[str, Mapping[str, Any]]:
    me = context.principal
    return {"expense": {"amount_minor": args.amount_minor, "submitted_by": me.user_id, "manager": me.manager}}


def _find_submission(_args: NewExpense, context: ToolContext) -> Expense | None:
    row = context.services.records.by_key("expense", context.key)
    return _expense(row) if row else None


@tool(
    "expenses.submit",
    effect=Effect.WRITE,
    owner="finance",
    system="expenses",
    asked_as=AskedAs(
        verbs=("hand in", "claim", "expense", "submit"),
        light_verbs=("enter", "put in", "put", "record", "add", "book", "file", "register", "create", "make", "send"),
        objects=("expense", "expense claim"),
        takes_dates=True,
        examples=("hand in an expense of 20 EUR for a taxi",),
    ),
    summary="Submit an expense of {amount_minor:money}: {purpose}",
    critical=("amount_minor",),
    idempotent=True,
    facts=_submit_facts,
    reconcile=_find_submission,
    touches={"expense": {name: EXPENSE_FIELDS[name] for name in ("amount_minor", "submitted_by", "manager")}},
    visible=split_paths("expense_id employee_id amount_minor currency status"),
)
def submit_expense(args: NewExpense, context: ToolContext) -> Expense:
    """Hands in an expense of your own, in the company's currency; it then waits for approval."""
    with begin_change(context) as records:
        known = records.by_key("expense", context.key)
        if known is not None:
            return _expense(known)
        if args.spent_on is not None and args.spent_on > context.today:
            raise BadInput(f"{args.spent_on} is yet to come; name the day on which it was paid.")
        row = {
            "employee_id": context.principal.user_id,
            "category": "other",
            "description": args.purpose,
            "amount_minor": args.amount_minor,
            "currency": records.company().currency,
            "spent_on": args.spent_on or context.today,
            "status": "submitted",
            "approved_by": None,
        }
        return _expense(row | {"id": records.insert("expense", row, key=context.key)})


class ExpenseChoice(Arguments):
    """Which expense."""

    expense_id: Id


class ExpenseApproval(Result):
    """An expense that will be paid out."""

    expense_id: str
    status: str


def _approve_facts(args: ExpenseChoice, context: ToolContext) -> Mapping[str, Mapping[str, Any]]:
    row = require_record(context.services.records, "expense", args.expense_id)
    return {
        "expense": {
            "expense_id": row["id"],
            "amount_minor": row["amount_minor"],
            "currency": row["currency"],
            "status": row["status"],
            "submitted_by": row["employee_id"],
            "submitted_by_human": find_human(context, row["employee_id"]),
            "manager": find_manager(context, row["employee_id"]),
        }
    }


def _result(done: StatusChange) -> ExpenseApproval:
    return ExpenseApproval(expense_id=done.id, status=done.after)


def _find_approval(_args: ExpenseChoice, context: ToolContext) -> ExpenseApproval | None:
    done = find_status_change(context.services.records, context)
    return _result(done) if done else None


@tool(
    "expenses.approve",
    effect=Effect.WRITE,
    owner="finance",
    system="expenses",
    asked_as=AskedAs(
        verbs=("approve", "sign off", "release"),
        light_verbs=("give", "grant"),
        objects=("expense", "approval"),
        examples=("approve EXP-0031",),
    ),
    summary="Approve expense {expense_id}",
    critical=("expense_id",),
    idempotent=True,
    facts=_approve_facts,
    reconcile=_find_approval,
    touches={"expense": EXPENSE_FIELDS},
    visible=split_paths("expense_id status"),
)
def approve_expense(args: ExpenseChoice, context: ToolContext) -> ExpenseApproval:
    """Approves an expense that somebody else submitted, so that it is paid out."""

    def check(_records: SystemOfRecord, row: BusinessRecord) -> None:
        require_other_person(
            context, row["employee_id"], f"The expense {row['id']} is yours; somebody else has to approve it."
        )

    also = {"approved_by": context.principal.user_id}
    return _result(
        change_status(context, "expense", args.expense_id, "approved", allowed=("submitted",), also=also, check=check)
    )


TOOLS: tuple[ToolSpec, ...] = (submit_expense, approve_expense)
