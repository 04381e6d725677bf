"""What somebody may name as the source of what they add by themselves: nothing that speaks for others."""

from sqlalchemy import select

from ...policies.domain.principal import Principal
from ...policies.errors import NotAllowed
from ...policies.storage.database import reading
from ..governance.mentions import plain
from ..memory import Memory
from ..records.tables import rows
from .sources import ROOT, own

_RECORDS = ("rev-", "con-")  # reviews, and contracts on record, which answers quote as precedents


def check_own_source(memory: Memory, principal: Principal, source: str) -> None:
    """Refuses a source that a reader would take for the word of a handbook, a record, a review or another's file.

    Only what the principal may see is compared, so that a refusal tells nothing about anything else.

    Raises:
        NotAllowed: it is one of these.
    """
    wanted = _base(source)
    if not wanted:
        return
    others_file = wanted.startswith(f"{ROOT}/") and not source.strip().startswith(own(principal.user_id))
    if others_file or wanted.startswith(_RECORDS) or _speaks_for_others(memory, principal, wanted):
        raise NotAllowed(
            f"{source.strip()} speaks for others, so it cannot be the source of what you add yourself. Leave --source "
            "out and name it in the text."
        )


def _speaks_for_others(memory: Memory, principal: Principal, wanted: str) -> bool:
    scope = memory.scope(principal, prefix=())
    query = select(rows.c.source).where(*scope.conditions(), rows.c.author != principal.user_id).distinct()
    with reading(memory.rows.engine) as connection:
        return any(_base(found) == wanted for found in connection.scalars(query))


def _base(source: str) -> str:
    """The document that a source is a section of, however it is written."""
    return " ".join(plain(source, cased=False).partition("#")[0].split())
