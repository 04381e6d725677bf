"""This module says whether a run may go on: from the checkpoints it paused with, and not begun a second time."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...policies.audit.log import AuditEvent, AuditLog, AuditRecord
from ...policies.errors import Tampered
from .conversations import ELSEWHERE, PAUSED, RESUMED
from .run import Run

if TYPE_CHECKING:
    from .checkpoints import Checkpoints

_ENDED = "reply"


def enter_run(audit: AuditLog, saver: "Checkpoints", run_id: str) -> None:
    """Lets checkpoints of a run be written; if it paused last time, only when it finds what it left.

    Raises:
        Tampered: its checkpoints were changed or removed; says which effects had begun.
    """
    told = audit.records_about(run_id)
    if told and told[-1].kind == PAUSED:
        pause = told[-1]
        left, found = pause.data["checkpoints"], saver.seal(run_id)
        if left is not None and found != left:
            what = "were changed" if found else "are gone"
            raise Tampered(
                f"The checkpoints that this work waited with {what}, so it cannot go on. "
                f"{_describe_begun(audit, run_id)}"
            )
        audit.append(AuditEvent(RESUMED, "system", pause.tenant, pause.thread, run_id, subject=run_id))
    saver.entered.add(run_id)


def check_beginning(audit: AuditLog, run: Run) -> None:
    """Checks that a run without checkpoints was not begun yet, or was begun where its checkpoints are kept elsewhere.

    Raises:
        Tampered: something was decided in it before; says which effects had begun.
    """
    for record in audit.records(run=run.run):
        if record.kind == "message" and record.data.get("checkpoints") == ELSEWHERE:
            return
        if record.kind == "decision":
            raise Tampered(
                f"The checkpoints of this work are gone, so it cannot go on. {_describe_begun(audit, run.run)}"
            )


def check_waiting(audit: AuditLog, saver: "Checkpoints") -> int:
    """Compares the checkpoints of all runs that wait with what the log says they left.

    Returns:
        How many runs wait.

    Raises:
        Tampered: those of a run were changed or removed.
    """
    waiting = list_paused(audit)
    for record in waiting:
        if (
            saver.seal(record.run) != record.data["checkpoints"]
            and audit.records_about(record.run)[-1].seq == record.seq
        ):
            raise Tampered(
                f"The checkpoints of {record.run}, which waits since {record.at}, were changed or removed; it cannot "
                "go on."
            )
    saver.check()
    return len(waiting)


def list_paused(audit: AuditLog) -> list[AuditRecord]:
    """What the log says of each run that waits with checkpoints here: that it paused, and nothing since."""
    last: dict[str, tuple[int, AuditRecord | None]] = {}
    for kind in (PAUSED, RESUMED, _ENDED):
        for record in audit.records(kind=kind):
            if record.run not in last or record.seq > last[record.run][0]:
                waits = kind == PAUSED and record.data["checkpoints"] is not None
                last[record.run] = (record.seq, record if waits else None)
    return [record for _, record in last.values() if record is not None]


def _describe_begun(audit: AuditLog, run_id: str) -> str:
    told = ", ".join(f"{tool} ({state})" for tool, state in _effects(audit, run_id))
    return f"It had begun: {told}." if told else "It had begun no effect."


def _effects(audit: AuditLog, run_id: str) -> Iterator[tuple[str, str]]:
    """The tools whose effects began in a run, with how far each had come."""
    last = {
        record.data["digest"]: (record.data["tool"], record.kind.removeprefix("effect."))
        for record in audit.records(run=run_id)
        if record.kind.startswith("effect.") and record.kind != "effect.intended"
    }
    yield from last.values()
