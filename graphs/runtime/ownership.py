"""A run belongs to the process that took it, until that says so, ends, or drops it without being able to say so."""

from ...policies.storage.process import get_worker, is_local, is_running
from .run import Run

_HELD: dict[str, Run] = {}
"""The runs of this process. One that it dropped while the disk was full is not among them, though its row says so."""


def hold_run(run: Run) -> None:
    """Says that this process drives a run, which it has just begun or claimed."""
    _HELD[run.run] = run


def drop_run(run: Run) -> None:
    """Says that whoever began or claimed exactly this has stopped driving it."""
    if _HELD.get(run.run) is run:
        del _HELD[run.run]


def forget_run(run_id: str) -> None:
    """Says that a run has ended."""
    _HELD.pop(run_id, None)


def is_held(run: Run, now: str) -> bool:
    """Whether somebody drives a run that is marked as running.

    Args:
        now: in ISO 8601; a worker on another machine, which cannot be asked, counts until its lease has passed.
    """
    if not run.worker or not is_running(run.worker):
        return False
    if not is_local(run.worker) and (run.lease_until or "") <= now:
        return False
    return run.worker != get_worker() or run.run in _HELD
