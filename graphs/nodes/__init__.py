"""The nodes around the agents: what happens before an agent works and after all have.

`route` finds the agents, `reply` composes one reply, and `remember` keeps what people decided. `stage_checks` asks the
rules on the way in and out. `notes`, `withdrawal` and `assistant_replies` answer what needs no agent. The edges between
nodes stand in the assistant's graph.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .notes import make_notes_prefix as make_notes_prefix
    from .withdrawal import WITHDRAW as WITHDRAW

__getattr__ = export_lazily(
    __name__,
    {
        "notes": "make_notes_prefix",
        "withdrawal": "WITHDRAW",
    },
)
