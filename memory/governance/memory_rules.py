"""The written rules about memory say what may be kept, and what may be recalled."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from ...policies.domain.decision import Verdict
from ...policies.domain.principal import Principal
from ...policies.domain.stage import Stage
from ...policies.engine.stage_guard import StageGuard
from ...policies.errors import NotAllowed
from ...policies.filters.detectors.special_categories import find_special_categories
from ..records.retention import MUST_LOG, NEVER, NotRetained, Retention
from ..records.rows import Draft, MemoryRow

STORE_SUBJECT = "store"
"""The subject of items that a LangGraph store put, which have no kind."""


def apply_memory_rules(
    stages: StageGuard | None, principal: Principal, draft: Draft, retention: Retention, now: datetime
) -> Draft:
    """The item as the rules let it be kept: of the class that they choose, else of its own, with the end of that class.

    An item that ends earlier by itself still does; where a rule chose a class that ends, no refresh makes it longer.

    Raises:
        NotAllowed: a rule says no; the reason is its own.
        NotRetained: the class is ``never``; where a rule chose it, the reason is the rule's.
        BadInput: its own class is none.
    """
    ruled = _ask_rules(stages, principal, draft)
    chosen = ruled or draft.retention
    end = retention.expiry(chosen, now, f"A {draft.kind or STORE_SUBJECT} item of {principal.user_id}")
    if chosen == MUST_LOG:
        return replace(draft, retention=chosen, expires_at=None, ttl_minutes=None)
    ends = min((moment for moment in (draft.expires_at, end) if moment is not None), default=None)
    minutes = None if ruled and end is not None else draft.ttl_minutes
    return replace(draft, retention=chosen, expires_at=ends, ttl_minutes=minutes)


def check_removal(stages: StageGuard | None, principal: Principal, emptied: Draft) -> None:
    """Makes sure that the rules let somebody take an item away: asked as of an empty item in its place.

    Raises:
        NotAllowed: a rule says no; the reason is its own.
    """
    with suppress(NotRetained):  # what may not be kept may go
        _ask_rules(stages, principal, emptied)


def _ask_rules(stages: StageGuard | None, principal: Principal, draft: Draft) -> str:
    """The class that the rules choose, or nothing where they leave it to the item."""
    if stages is None or not stages.has_rules_at(Stage.MEMORY_WRITE):
        return ""
    values = {
        "retention": draft.retention,
        "visibility": draft.visibility,
        "provenance": draft.provenance,
        "source": draft.source,
        "length": len(draft.text),
        "special": list(find_special_categories(json.dumps(draft.value, ensure_ascii=False, default=str))),
    }
    decision = stages.ask(Stage.MEMORY_WRITE, draft.kind or STORE_SUBJECT, principal, values, thread=draft.thread)
    if decision.verdict is Verdict.DENY:
        raise NotAllowed(" ".join(decision.reasons))
    if decision.obligations.retain == NEVER:
        raise NotRetained(f"This is never remembered. {' '.join(decision.reasons)}")
    return str(decision.obligations.retain or "")


def read_filter(stages: StageGuard | None, principal: Principal) -> Callable[[MemoryRow], bool] | None:
    """Tells of each item whether the rules let this principal recall it; ``None`` when no rule speaks of recalling."""
    if stages is None or not stages.has_rules_at(Stage.MEMORY_READ):
        return None

    def readable(row: MemoryRow) -> bool:
        values = {
            "retention": row.retention,
            "visibility": row.visibility,
            "provenance": row.provenance,
            "source": row.source,
            "author": row.author,
        }
        return not stages.refusal(Stage.MEMORY_READ, row.kind or STORE_SUBJECT, principal, values)

    return readable
