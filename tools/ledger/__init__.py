"""The ledger is the table of side effects: each grant runs once, and every replay gets the recorded result.

`ledger` takes an effect through its states, and `entry` is one effect as a value. `history_index` answers what rules
ask about the past, `in_doubt` takes to a person what may or may not have happened, and `audit_events` is how calls
stand in the log.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .audit_events import make_call_event as make_call_event
    from .audit_events import replace_texts as replace_texts
    from .entry import EffectState as EffectState
    from .entry import LedgerEntry as LedgerEntry
    from .entry import check_grant_age as check_grant_age
    from .entry import table as table
    from .history_index import HistoryConflict as HistoryConflict
    from .history_index import HistoryFacts as HistoryFacts
    from .history_index import HistoryIndex as HistoryIndex
    from .in_doubt import InDoubtEffects as InDoubtEffects
    from .ledger import Ledger as Ledger
    from .ledger import make_idempotency_key as make_idempotency_key

__getattr__ = export_lazily(
    __name__,
    {
        "audit_events": "make_call_event replace_texts",
        "entry": "check_grant_age EffectState LedgerEntry table",
        "history_index": "HistoryConflict HistoryFacts HistoryIndex",
        "in_doubt": "InDoubtEffects",
        "ledger": "Ledger make_idempotency_key",
    },
)
