"""The nodes around the agents: what happens before an agent works and after all have.

`route` finds the agents, `reply` composes one reply, and `remember` keeps what people decided. `stage_checks` asks the
rules on the way in and out. `notes`, `withdrawal` and `assistant_replies` answer what needs no agent. The edges between
nodes stand in the assistant's graph.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .assistant_replies import AssistantReplies as AssistantReplies
    from .assistant_replies import make_own_reply as make_own_reply
    from .notes import PersonalNotes as PersonalNotes
    from .notes import make_notes_prefix as make_notes_prefix
    from .remember import keep_precedents as keep_precedents
    from .reply import compose_reply as compose_reply
    from .route import TurnRouting as TurnRouting
    from .route import follow_command as follow_command
    from .stage_checks import StageChecks as StageChecks
    from .withdrawal import WITHDRAW as WITHDRAW
    from .withdrawal import Withdrawals as Withdrawals

__getattr__ = export_lazily(
    __name__,
    {
        "assistant_replies": "AssistantReplies make_own_reply",
        "notes": "make_notes_prefix PersonalNotes",
        "remember": "keep_precedents",
        "reply": "compose_reply",
        "route": "follow_command TurnRouting",
        "stage_checks": "StageChecks",
        "withdrawal": "WITHDRAW Withdrawals",
    },
)
