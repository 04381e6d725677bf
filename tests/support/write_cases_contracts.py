"""Good and bad calls of the tools for contracts, tasks and access."""

from services import Office
from write_cases import Case, done, made, of


def approved(office: Office) -> str:
    """The shown contract, approved."""
    done(office, "eva.stern", "contracts.set_status", contract_id="CON-0031", status="approved")
    return "CON-0031"


def asked(office: Office) -> str:
    """A request of mara.voss for access."""
    return str(done(office, "mara.voss", "access.request", system="wiki", level="read", reason="x")["request_id"])


OFFICE = (
    Case(
        "contracts.note",
        "noah.lind",
        {"contract_id": "CON-0031", "body": "Cap too low."},
        made("note", "note_id", "about_kind", "about_id", "author", "body"),
        ("contract", "CON-0031", "noah.lind", "Cap too low."),
        (({"contract_id": "CON-9999"}, "no contract"), ({"body": "x" * 8001}, "at most 8000")),
    ),
    Case(
        "contracts.set_status",
        "eva.stern",
        {"contract_id": "CON-0031", "status": "approved"},
        of("contract", "contract_id", "status"),
        "approved",
        (
            ({"status": "sent"}, "'draft', 'in_review'"),
            ({"status": "expired"}, "only one that is active can become expired"),
            ({"contract_id": "CON-9999"}, "no contract"),
        ),
    ),
    Case(
        "contracts.send_for_signature",
        "eva.stern",
        lambda o: {"contract_id": approved(o)},
        lambda o, value: (
            of("contract", "contract_id", "status")(o, value),
            made("message", "message_id", "direction", "about_id")(o, value),
        ),
        ("sent", ("out", "CON-0031")),
        (({"contract_id": "CON-0001"}, "only an approved one"),),
    ),
    Case(
        "tasks.create",
        "noah.lind",
        {"title": "Ask for a cap", "assignee": "eva.stern", "due_on": "2026-03-20", "about_id": "CON-0031"},
        made("task", "task_id", "assignee", "created_by", "about_id", "status"),
        ("eva.stern", "noah.lind", "CON-0031", "open"),
        (
            ({"assignee": "nobody"}, "Nobody with the id"),
            ({"due_on": "2026-02-30"}, "day value is outside"),
            ({"about_id": "XYZ-1"}, "cannot be about"),
            ({"about_id": "CON-9999"}, "no contract"),
        ),
    ),
    Case(
        "tasks.close",
        "noah.lind",
        lambda o: {"task_id": done(o, "noah.lind", "tasks.create", title="x")["task_id"]},
        of("task", "task_id", "status"),
        "done",
        (({"task_id": "TSK-9999"}, "no task"),),
    ),
    Case(
        "access.request",
        "mara.voss",
        {"system": "Customer  Portal", "level": "read", "reason": "new task"},
        made("access_request", "request_id", "employee_id", "system", "level", "status"),
        ("mara.voss", "customer portal", "read", "requested"),
        (({"system": "l e d g e r"}, "no system"), ({"level": "admin"}, "'read' or 'write'")),
    ),
    Case(
        "access.grant",
        "uwe.kern",
        lambda o: {"request_id": asked(o)},
        made("access_request", "request_id", "status", "decided_by"),
        ("granted", "uwe.kern"),
        (({"request_id": "ACC-9999"}, "no access request"),),
    ),
    Case(
        "access.revoke",
        "uwe.kern",
        lambda o: {"request_id": asked(o)},
        made("access_request", "request_id", "status", "decided_by"),
        ("revoked", "uwe.kern"),
    ),
)
