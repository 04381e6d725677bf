"""The runtime keeps conversations and drives runs.

`run` and `turn` are the values, `conversations` the tables, and `driver` takes a run on until it ends or waits for
people; `resume` and `ownership` say whether and where it may go on. `checkpoints` keeps the state of open runs in
SQLite, `checkpoints_postgres` in PostgreSQL, and `checkpoint_seals` shows when somebody changed it. `services` is what
all nodes share. A finished run has no checkpoints any more.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .checkpoint_seals import SECRET as SECRET
    from .checkpoints import Checkpoints as Checkpoints
    from .checkpoints import LocalSaver as LocalSaver
    from .checkpoints import open_saver as open_saver
    from .checkpoints_postgres import SharedSaver as SharedSaver
    from .checkpoints_postgres import open_shared_saver as open_shared_saver
    from .conversations import Conversations as Conversations
    from .driver import Driver as Driver
    from .driver import make_config as make_config
    from .resume import check_waiting as check_waiting
    from .resume import enter_run as enter_run
    from .resume import list_paused as list_paused
    from .run import Message as Message
    from .run import Run as Run
    from .run import RunState as RunState
    from .services import RunContext as RunContext
    from .services import Services as Services
    from .turn import Progress as Progress
    from .turn import Turn as Turn

__getattr__ = export_lazily(
    __name__,
    {
        "checkpoint_seals": "SECRET",
        "checkpoints": "Checkpoints LocalSaver open_saver",
        "checkpoints_postgres": "open_shared_saver SharedSaver",
        "conversations": "Conversations",
        "driver": "Driver make_config",
        "resume": "check_waiting enter_run list_paused",
        "run": "Message Run RunState",
        "services": "RunContext Services",
        "turn": "Progress Turn",
    },
)
