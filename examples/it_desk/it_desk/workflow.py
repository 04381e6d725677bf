"""An access request: look who has access, grant it with the signatures that the rules ask for, and report."""

from collections.abc import Mapping
from typing import Any, Literal

from countersign.graphs.steps import Call, Calls, Finish, StepContext
from countersign.graphs.workflows.engine.workflow import RequestText, Workflow
from pydantic import BaseModel

from .requests import find_id, find_level


class AccessInput(BaseModel):
    """What an access request needs."""

    system_id: str
    level: Literal["read", "write"]


def fill(request: RequestText) -> Mapping[str, Any]:
    """What the message says; what it leaves out, the person is asked."""
    found = {"system_id": find_id(request.text, "system"), "level": find_level(request.text)}
    return {name: value for name, value in found.items() if value}


def look_at_system(case: StepContext[AccessInput]) -> Calls:
    """Look first: a system that does not exist needs nobody's signature."""
    args = {"system_id": case.input.system_id}
    return Calls.of(Call("system", "it_desk.get_holders", args, {"system_id": "user"}))


def grant(case: StepContext[AccessInput]) -> Calls | Finish:
    """Grant it; the gate waits for the signatures."""
    if stop := case.stop("system", "look at the system"):
        return stop
    args = {"system_id": case.input.system_id, "level": case.input.level}
    return Calls.of(Call("access", "it_desk.grant_access", args, dict.fromkeys(args, "user")))


def report(case: StepContext[AccessInput]) -> Finish:
    """Say what came of it."""
    if stop := case.stop("access", "grant the access"):
        return stop
    access = case.value("access")
    text = f"{access['access_id']}: you have {access['level']} access to {access['system_id']}."
    return Finish(text, citations=(access["access_id"],))


ACCESS_WORKFLOW = Workflow(
    name="it_desk_access",
    version="1",
    owner="it",
    title="Access request",
    input=AccessInput,
    fill=fill,
    steps=(look_at_system, grant, report),
    questions={
        "system_id": "Which system do you need? Say its id, such as SYS-01.",
        "level": "Do you need to read, or to write?",
    },
    writes=("it_desk.grant_access",),
    ordered="it_desk.grant_access",
)
