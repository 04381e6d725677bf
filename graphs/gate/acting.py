"""Running what was granted: the one node in which something happens to the world."""

from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import Command

from ...policies.domain.proposal import Proposal
from ...policies.errors import Tampered
from ...tools.outcome import Outcome, Status
from ..runtime.services import Desk, RunContext
from ..state import Queued, Work
from .gate import ended, from_outside, run, tainted
from .interrupts import request_for


async def act(desk: Desk, state: Work, runtime: Runtime[RunContext]) -> Command[str]:
    """Runs what was granted, in order, and goes back to the step that wanted it.

    A call that nobody knows to have happened waits for the person who looks, and one whose system was not available
    for its fallback; the others are done meanwhile and are not done again.
    """
    outcomes: dict[str, Any] = {}
    ran: dict[str, Any] = {}
    queue: list[Queued] = []
    for item in state["queue"]:
        proposal = Proposal.from_record(item["proposal"])
        if (proposal.user_id, proposal.run) != (runtime.context.user_id, runtime.context.run):
            raise Tampered(f"The call of {proposal.tool} belongs to somebody else's run; nothing was run.")
        outcome = await run(desk, proposal, item["review_id"], runtime)
        if outcome.status is Status.IN_DOUBT and outcome.review_id:
            queue.append(_in_doubt(desk, item, outcome))
            continue
        known, more = await ended(desk, item["key"], proposal, outcome, runtime, item.get("instead_of"))
        outcomes |= known
        queue += more
        if known:
            ran[item["key"]] = {"tool": proposal.tool, "args": proposal.args}
    if not tainted(state, runtime.context) and from_outside(outcomes):
        desk.conversations.taint(runtime.context.thread)
    update = {"queue": queue, "outcomes": outcomes, "ran": ran}
    if not queue:
        return Command(goto=state["step"], update=update)
    return Command(goto="act" if all(item["granted"] for item in queue) else "review", update=update)


def _in_doubt(desk: Desk, item: Queued, outcome: Outcome) -> Queued:
    request = request_for(desk.reviews.get(outcome.review_id))
    return Queued({**item, "granted": False, "doubt": outcome.review_id, "request": request})
