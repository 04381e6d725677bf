"""These tools ask for access to business systems, grant it and take it away."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from ....policies.domain.proposal import Effect
from ...connectors.port import BusinessRecord, SystemOfRecord
from ...spec import Arguments, Fields, Result, ToolContext, ToolSpec, split_paths, tool
from ..base.fields import Id, Prose
from ..base.idempotent import StatusChange, begin_change, change_status, find_status_change
from ..base.lookup import find_manager, require_other_person, require_record

SYSTEM_OWNERS: Mapping[str, str] = {
    "ledger": "controller",
    "payments": "controller",
    "bank portal": "controller",
    "contract store": "general_counsel",
    "customer portal": "support_manager",
    "help desk": "support_manager",
    "warehouse": "it_admin",
    "payroll archive": "hr_partner",
    "wiki": "it_admin",
}
"""The systems that access can be asked for, and the role that owns each."""


REQUEST_FIELDS: Fields = {**dict.fromkeys(("user_id", "system_owner", "manager"), "text?"), "system": "text"}


def _check_system(system: str) -> str:
    plain = " ".join(system.casefold().split())
    if plain not in SYSTEM_OWNERS:
        raise ValueError(f"there is no system {plain!r}; the systems are {', '.join(sorted(SYSTEM_OWNERS))}")
    return plain


def find_system_owner(context: ToolContext, system: str) -> str | None:
    """User id of somebody who owns the system, in the directory's order; ``None`` when nobody does."""
    role = SYSTEM_OWNERS.get(system.casefold(), "it_admin")
    return next((user.user_id for user in context.services.directory.everyone() if role in user.roles), None)


def _load_request(context: ToolContext, user_id: str, system: str) -> Mapping[str, Mapping[str, Any]]:
    return {
        "request": {
            "user_id": user_id,
            "system": system,
            "system_owner": find_system_owner(context, system),
            "manager": find_manager(context, user_id),
        }
    }


class NewRequest(Arguments):
    """Which system, how far, and what for."""

    system: Annotated[str, AfterValidator(_check_system)]
    level: Literal["read", "write"]
    reason: Prose


class AccessRequest(Result):
    """A request for access as it stands."""

    request_id: str
    user_id: str
    system: str
    level: str
    status: str


def _row(row: BusinessRecord) -> AccessRequest:
    names = ("system", "level", "status")
    return AccessRequest(request_id=row["id"], user_id=row["employee_id"], **{name: row[name] for name in names})


def _find_request(_args: NewRequest, context: ToolContext) -> AccessRequest | None:
    row = context.services.records.by_key("access_request", context.key)
    return _row(row) if row else None


@tool(
    "access.request",
    effect=Effect.WRITE,
    owner="it",
    system="access",
    summary="Ask for {level} access to {system}: {reason}",
    critical=("system", "level"),
    idempotent=True,
    facts=lambda args, context: _load_request(context, context.principal.user_id, args.system),
    reconcile=_find_request,
    undo_tool="access.revoke",
    undo=lambda _args, result: {"request_id": result["request_id"]},
    touches={"request": REQUEST_FIELDS},
    visible=split_paths("request_id user_id system level status"),
)
def request_access(args: NewRequest, context: ToolContext) -> AccessRequest:
    """Asks for access to a business system for yourself; somebody else has to grant it."""
    with begin_change(context) as records:
        known = records.by_key("access_request", context.key)
        if known is not None:
            return _row(known)
        row = {
            "employee_id": context.principal.user_id,
            "system": args.system,
            "level": args.level,
            "reason": args.reason,
            "status": "requested",
            "requested_on": context.today,
            "decided_by": None,
        }
        return _row(row | {"id": records.insert("access_request", row, key=context.key)})


class RequestChoice(Arguments):
    """Which request for access."""

    request_id: Id


class AccessDecision(Result):
    """A request for access whose status was changed."""

    request_id: str
    status: str


def _facts(args: RequestChoice, context: ToolContext) -> Mapping[str, Mapping[str, Any]]:
    row = require_record(context.services.records, "access_request", args.request_id)
    return _load_request(context, row["employee_id"], row["system"])


def _make_decision(done: StatusChange) -> AccessDecision:
    return AccessDecision(request_id=done.id, status=done.after)


def _find_decision(_args: RequestChoice, context: ToolContext) -> AccessDecision | None:
    done = find_status_change(context.services.records, context)
    return _make_decision(done) if done else None


@tool(
    "access.grant",
    effect=Effect.WRITE,
    owner="it",
    system="access",
    summary="Grant access request {request_id}",
    critical=("request_id",),
    idempotent=True,
    facts=_facts,
    reconcile=_find_decision,
    undo_tool="access.revoke",
    undo=lambda args, _result: {"request_id": args["request_id"]},
    touches={"request": REQUEST_FIELDS},
    visible=split_paths("request_id status"),
)
def grant_access(args: RequestChoice, context: ToolContext) -> AccessDecision:
    """Grants a request for access that a colleague made. Nobody grants their own."""

    def check(_records: SystemOfRecord, row: BusinessRecord) -> None:
        require_other_person(
            context, row["employee_id"], f"The request {row['id']} is yours; nobody grants their own access."
        )

    also = {"decided_by": context.principal.user_id}
    return _make_decision(
        change_status(
            context, "access_request", args.request_id, "granted", allowed=("requested",), also=also, check=check
        )
    )


@tool(
    "access.revoke",
    effect=Effect.WRITE,
    owner="it",
    system="access",
    summary="Revoke access {request_id}",
    critical=("request_id",),
    idempotent=True,
    facts=_facts,
    reconcile=_find_decision,
    touches={"request": REQUEST_FIELDS},
)
def revoke_access(args: RequestChoice, context: ToolContext) -> AccessDecision:
    """Takes away access that was granted, or withdraws a request that is still open."""
    also = {"decided_by": context.principal.user_id}
    allowed = ("requested", "granted")
    return _make_decision(
        change_status(context, "access_request", args.request_id, "revoked", allowed=allowed, also=also)
    )


TOOLS: tuple[ToolSpec, ...] = (request_access, grant_access, revoke_access)
