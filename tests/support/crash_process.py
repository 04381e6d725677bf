"""A process that works on a data folder and is killed at one of its durable steps.

``python crash_process.py HOME STEP COMMAND...`` with the command ``send TEXT`` or ``approve REVIEW``. A step is a
commit of a database or a write of a checkpoint, counted once the assistant is open; with step 0 nobody is killed, and
the number of steps is printed.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from countersign.graphs.runtime.checkpoints import LocalSaver
from data_folder import MARA, TOM, open_door
from sqlalchemy import Engine, event

steps = 0


def step(last: int) -> None:
    """Counts a durable step, and dies just before the one that is asked for."""
    global steps
    steps += 1
    if steps == last:
        os.kill(os.getpid(), signal.SIGKILL)


def main(home: str, last: int, command: str, what: str) -> None:
    """Works until killed."""
    with open_door(Path(home)) as assistant:
        event.listen(Engine, "commit", lambda _: step(last))
        for name in ("put", "put_writes", "delete_thread"):
            kept = getattr(LocalSaver, name)

            def counted(self: LocalSaver, *args: Any, kept: Any = kept) -> Any:
                step(last)
                return kept(self, *args)

            setattr(LocalSaver, name, counted)
        if command == "send":
            assistant.send(what, as_user=MARA)
        else:
            assistant.answer(what, "approve", as_user=TOM)
        print(steps)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4])
