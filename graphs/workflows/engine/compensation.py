"""Compensation takes back what was done when later work failed (a saga), in reverse order, through the gate. Pure."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ....policies.domain.proposal import Provenance
from ....tools.outcome import Outcome, Status
from ....tools.registry.proposals import COMPENSATION
from ....tools.spec import ToolSpec
from ...steps import Call, Calls, Compensation, Finish

AGENT = COMPENSATION
"""Only this module proposes under its name."""

_TASK = "compensation.task"
_PREFIX = "undo."
_TAKEN_BACK = ("succeeded", "confirmed")
"""Ends of an undo after which nothing stands: done, or found by a person to be done."""


def begin_undo(wanted: Compensation) -> dict[str, Any]:
    """The state of a compensation that has not started yet, as plain data."""
    return {"keys": list(wanted.keys), "left": list(wanted.keys), "end": asdict(wanted.end)}


def plan_undo(
    error: Exception,
    step: str,
    outcomes: Mapping[str, Outcome],
    ran: Mapping[str, Any],
    specs: Mapping[str, ToolSpec],
) -> Compensation | None:
    """Taking back all that was written when a step breaks off with an error; ``None`` when nothing was.

    Args:
        outcomes: of all calls of the case so far, in the order they were made.
        ran: what was run under each key.
    """
    wrote = (Status.SUCCEEDED, Status.CONFIRMED, Status.IN_DOUBT)
    keys = tuple(
        key
        for key, outcome in outcomes.items()
        if outcome.status in wrote and key in ran and (spec := specs.get(ran[key]["tool"])) is not None and spec.writes
    )
    if not keys:
        return None
    text = f"Something went wrong inside, at the step {step.replace('_', ' ')} ({type(error).__name__}: {error})."
    return Compensation(keys, Finish(text, "stopped"))


def advance_undo(
    undo: Mapping[str, Any],
    outcomes: Mapping[str, Any],
    ran: Mapping[str, Any],
    specs: Mapping[str, ToolSpec],
    manager: str,
) -> tuple[Calls, dict[str, Any]] | Finish:
    """The next call that takes something back, or the end.

    Args:
        undo: from :func:`begin_undo`, or from the last step.
        outcomes: of all calls of the case so far, as plain data.
        ran: what was run under each key, its ``tool`` and ``args`` (a reviewer may have edited them).
        specs: the tools, which know how they are undone.
        manager: user id of the requester's manager, who is told what could not be taken back.

    Returns:
        One call with the state after it, or the report once nothing is left.
    """
    left = list(undo["left"])
    while left:
        key = left.pop()
        call = _make_undo(key, outcomes, ran, specs)
        if call is not None:
            return Calls.of(call), {**undo, "left": left}
    stuck = _list_not_undone(undo["keys"], outcomes, ran)
    tool = find_tool_for_people(specs)
    if stuck and _TASK not in outcomes and tool is not None and tool.assign is not None:
        detail = "\n".join([undo["end"]["text"], *stuck])
        args = dict(tool.assign("Could not be taken back, please check", detail, manager))
        call = Call(_TASK, tool.name, args, dict.fromkeys(args, Provenance.TRUSTED))
        return Calls.of(call), {**undo, "left": []}
    return _report(undo, outcomes, ran, stuck)


def find_tool_for_people(specs: Mapping[str, ToolSpec]) -> ToolSpec | None:
    """The tool that gives work to a person, the first of them; ``None`` when there is none."""
    return next((spec for spec in specs.values() if spec.assign is not None), None)


def _make_undo(
    key: str, outcomes: Mapping[str, Any], ran: Mapping[str, Any], specs: Mapping[str, ToolSpec]
) -> Call | None:
    if key not in ran or key not in outcomes or f"{_PREFIX}{key}" in outcomes:
        return None
    outcome = Outcome.from_record(outcomes[key])
    spec = specs.get(ran[key]["tool"])
    if not outcome.ok or spec is None or spec.undo_tool is None or spec.undo is None:
        return None
    args = dict(spec.undo(ran[key]["args"], dict(outcome.value)))
    return Call(f"{_PREFIX}{key}", spec.undo_tool, args, dict.fromkeys(args, Provenance.TRUSTED))


def _list_not_undone(keys: list[str], outcomes: Mapping[str, Any], ran: Mapping[str, Any]) -> list[str]:
    """What was done, or may have been, and still stands."""
    lines = []
    for key in keys:
        if key not in outcomes or key not in ran:
            continue
        tool = ran[key]["tool"]
        done, taken_back = Outcome.from_record(outcomes[key]), outcomes.get(f"{_PREFIX}{key}")
        if not done.ok and done.status not in ("in_doubt", "confirmed", "diverted"):
            continue
        if taken_back is None:
            lines.append(f"{tool} {done.status}; it cannot be taken back by a tool. {done.message}".strip())
        elif taken_back["status"] not in _TAKEN_BACK:
            lines.append(f"{tool} still stands: taking it back {taken_back['status']}. {taken_back['message']}")
    return lines


def _report(undo: Mapping[str, Any], outcomes: Mapping[str, Any], ran: Mapping[str, Any], stuck: list[str]) -> Finish:
    end = undo["end"]
    undone = [
        ran[key]["tool"]
        for key in reversed(undo["keys"])
        if outcomes.get(f"{_PREFIX}{key}", {}).get("status") in _TAKEN_BACK
    ]
    lines = [end["text"]]
    if undone:
        lines.append(f"Taken back: {', '.join(undone)}.")
    if stuck:
        task = outcomes.get(_TASK, {})
        told = f" Handed over as {task['value'].get('task_id', 'a task')}." if task.get("status") == "succeeded" else ""
        lines.append("Not taken back: " + " ".join(stuck) + told)
    data = {**end["data"], "undone": undone, "not_undone": stuck}
    return Finish("\n\n".join(lines), "handed_over" if stuck else "stopped", tuple(end["citations"]), data)
