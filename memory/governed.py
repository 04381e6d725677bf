"""The written rules about memory: what may be kept, and what may be recalled."""

from collections.abc import Callable

from ..policies.asking import Stages
from ..policies.errors import NotAllowed
from ..policies.principal import Principal
from ..policies.stages import Stage
from .records import Draft, Row

STORE = "store"
"""The subject of items that a LangGraph store put, which have no kind."""


def check_write(stages: Stages | None, principal: Principal, draft: Draft) -> None:
    """Asks whether an item may be kept.

    Raises:
        NotAllowed: a rule says no; the reason is its own.
    """
    if stages is None or not stages.speak_at(Stage.MEMORY_WRITE):
        return
    values = {
        "retention": draft.retention,
        "visibility": draft.visibility,
        "provenance": draft.provenance,
        "source": draft.source,
        "length": len(draft.text),
    }
    why = stages.refusal(Stage.MEMORY_WRITE, draft.kind or STORE, principal, values, thread=draft.thread)
    if why:
        raise NotAllowed(why)


def reader(stages: Stages | None, principal: Principal) -> Callable[[Row], bool] | None:
    """Tells of each item whether the rules let this principal recall it; ``None`` when no rule speaks of recalling."""
    if stages is None or not stages.speak_at(Stage.MEMORY_READ):
        return None

    def readable(row: Row) -> bool:
        values = {
            "retention": row.retention,
            "visibility": row.visibility,
            "provenance": row.provenance,
            "source": row.source,
            "author": row.author,
        }
        return not stages.refusal(Stage.MEMORY_READ, row.kind or STORE, principal, values)

    return readable
