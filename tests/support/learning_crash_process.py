"""A process that answers a review and is killed before what the answer teaches is learned.

``python learning_crash_process.py HOME REVIEW WHEN``: ``woken`` dies when the background job begins, ``found`` once
it knows what it would keep, and ``kept`` right after the commit in which it keeps it.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from countersign.tools.learning.examples import ExampleStore
from countersign.tools.learning.loop import LearningLoop
from data_folder import TOM, open_door

POINTS = {"woken": (LearningLoop, "tend"), "found": (ExampleStore, "_add"), "kept": (ExampleStore, "_add")}


def die_at(when: str) -> None:
    """Has this process killed before, or after, one step of the loop."""
    owner, name = POINTS[when]
    step = getattr(owner, name)

    def deadly(*args: Any) -> None:
        if when == "kept":
            step(*args)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, deadly)


def main(home: str, review: str, when: str) -> None:
    """Answers; closing waits for the job, which kills."""
    die_at(when)
    with open_door(Path(home)) as assistant:
        assistant.answer(review, "approve", as_user=TOM)


if __name__ == "__main__":
    main(*sys.argv[1:])
