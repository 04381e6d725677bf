"""Work is handed to a person as a task with everything that is known."""

from ....policies.domain.proposal import Provenance
from ...steps import Call, Calls, Finish, StepContext
from ...workflows.engine.handler import Handler, HandlerRequest

LONGEST_TITLE = 80
LONGEST_DETAIL = 4000


def hand_over(case: StepContext[HandlerRequest]) -> Calls:
    """Write down what was asked, for the team to pick up."""
    line = " ".join(case.input.text.split())
    args = {"title": f"Asked of the assistant: {line}"[:LONGEST_TITLE], "detail": case.input.text[:LONGEST_DETAIL]}
    provenance = dict.fromkeys(args, Provenance.USER)
    if case.input.lead:
        args["assignee"] = case.input.lead
        provenance["assignee"] = Provenance.TRUSTED
    return Calls.of(Call("task", "tasks.create", args, provenance))


def report_handover(case: StepContext[HandlerRequest]) -> Finish:
    """Say who has it now, or that nobody has."""
    task = case.outcome("task")
    if not task.ok:
        text = f"I cannot do this without a person, and could not hand it over either: {task.message}"
        return Finish(text, status="handed_over")
    task_id, who = task.value["task_id"], task.value["assignee"]
    text = f"I cannot do this by myself, so I handed it over to {who} as {task_id}."
    return Finish(text, status="handed_over", citations=(task_id,))


HAND_OVER = Handler(hand_over, report_handover, writes=("tasks.create",))
