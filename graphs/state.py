"""The state of one run is plain JSON data, so that checkpoints hold nothing that needs code to be read."""

import operator
from typing import Annotated, Any, NotRequired, TypedDict


class WorkPart(TypedDict):
    """One request inside a message and where it goes; ``tools`` are those that its intent is about
    and ``tries`` counts the answers that a question about it got. ``confidence`` is how sure the route was,
    in per cent. ``chosen`` says that the person was asked what is meant, and chose this."""

    agent: str
    intent: str
    playbook: str
    text: str
    tools: list[str]
    tries: NotRequired[int]
    confidence: NotRequired[int]
    chosen: NotRequired[bool]


class UnavailableCall(TypedDict):
    """The call that could not be made because its system was not available, and what came of it."""

    tool: str
    outcome: dict[str, Any]


class QueuedProposal(TypedDict):
    """A proposal on its way: decided, perhaps waiting for people, not yet run.

    ``review_id`` is empty when policy allows the call by itself; ``granted`` says that it may run. ``doubt`` names the
    review that asks a person whether a call that was made has happened.
    """

    key: str
    proposal: dict[str, Any]
    review_id: str
    granted: bool
    doubt: NotRequired[str]
    instead_of: NotRequired[UnavailableCall]
    request: dict[str, Any]


def merge(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    """Both mappings; the right one wins where they share a key."""
    return {**left, **right}


class Work(TypedDict, total=False):
    """What one agent works with on one part.

    ``plan`` holds the write tools this turn may use, fixed before anything untrusted is read. ``outcomes`` are keyed by
    call. ``step`` names the node that goes on after a review or an act. ``notes`` is the model's side of the talk and
    ``recalled`` what memory gave it. ``ran`` keeps what was run under each key, and
    ``undo`` what is being taken back after a failure. ``answered_blindly`` is the review that the first
    answer without a name came for, and from whom.
    """

    part: WorkPart
    documents: list[str]
    inputs: dict[str, Any]
    plan: list[str]
    outcomes: Annotated[dict[str, Any], merge]
    queue: list[QueuedProposal]
    step: str
    notes: list[dict[str, Any]]
    recalled: list[dict[str, str]]
    ran: Annotated[dict[str, Any], merge]
    undo: dict[str, Any]
    answered_blindly: str
    findings: Annotated[list[dict[str, Any]], operator.add]


class AgentResult(TypedDict, total=False):
    """What an agent hands back; nothing else, because several agents at once may write no other key of the run."""

    findings: Annotated[list[dict[str, Any]], operator.add]


class TurnState(TypedDict, total=False):
    """What the whole run works with: the message, where it goes, what the agents found, and the reply."""

    text: str
    documents: list[str]
    parts: list[WorkPart]
    route: dict[str, Any]
    findings: Annotated[list[dict[str, Any]], operator.add]
    reply: dict[str, Any]
