"""Who does the work of the IT desk: an agent for messages, and handlers that need no model."""

from collections.abc import Callable, Mapping
from typing import Any

from countersign.agents.spec import AgentSpec
from countersign.graphs.steps import Ask, Call, Calls, Finish, StepContext
from countersign.graphs.workflows.engine.handler import Handler, HandlerRequest

from .requests import find_id

AGENT = AgentSpec(
    name="it_desk",
    title="IT desk",
    purpose="Access to business systems, licences, devices.",
    tools=("it_desk.*", "handbook.search", "memory.recall"),
    workflows=("it_desk_access",),
    instructions="You are the IT desk. Look at the record before you propose a change, and ask when an id is missing.",
    recall=("handbook", "outcome", "note"),
    examples=("who has access to SYS-01?", "I need read access to SYS-01"),
)
Wording = Callable[[Mapping[str, Any]], str]


def make_handler(tool: str, kind: str, what: str, tell: Wording, *, writes: bool = False) -> Handler:
    """A handler that makes one call about one record.

    Args:
        tool: what is called.
        kind: of the record that the message must name.
        what: the deed in words, for when it fails.
        tell: puts the result into words.
        writes: whether the tool changes something.
    """

    def find(case: StepContext[HandlerRequest]) -> Calls | Ask:
        found = find_id(case.input.text, kind)
        field = f"{kind}_id"
        if found is None:
            return Ask(f"Which {kind} do you mean? Say its id.", field)
        return Calls.of(Call("call", tool, {field: found}, {field: "user"}))

    def report(case: StepContext[HandlerRequest]) -> Finish:
        return case.stop("call", what) or Finish(tell(case.value("call")))

    return Handler(find, report, writes=(tool,) if writes else ())


def _tell_holders(found: Mapping[str, Any]) -> str:
    people = ", ".join(found["people"]) or "nobody"
    return f"{found['system_id']} ({found['title']}, owned by {found['owner']}): {people}."


def _tell_licences(found: Mapping[str, Any]) -> str:
    return f"{found['product_id']} ({found['title']}): {found['free']} licences are free."


def _tell_device(found: Mapping[str, Any]) -> str:
    where = f"with {found['holder']}" if found["holder"] else found["status"]
    return f"{found['device_id']} ({found['model']}) is {where}."


HANDLERS = {
    "it_desk_holders": make_handler("it_desk.get_holders", "system", "look who has access", _tell_holders),
    "it_desk_revoke": make_handler(
        "it_desk.revoke_access",
        "access",
        "take the access away",
        lambda found: (
            f"{found['access_id']} is {found['status']}: {found['person']} has no access to "
            f"{found['system_id']} any more."
        ),
        writes=True,
    ),
    "it_desk_licences": make_handler("it_desk.get_licences", "product", "look at the licences", _tell_licences),
    "it_desk_licence_request": make_handler(
        "it_desk.assign_licence", "product", "assign a licence", _tell_licences, writes=True
    ),
    "it_desk_device_question": make_handler("it_desk.get_device", "device", "look at the device", _tell_device),
    "it_desk_device_request": make_handler(
        "it_desk.hand_out", "device", "hand the device out", _tell_device, writes=True
    ),
}
