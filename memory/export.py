"""The export hands out what memory holds: what a person may see, or all about somebody (GDPR, articles 15 and 20)."""

from collections.abc import Iterator
from typing import Any

from ..policies.domain.principal import Principal
from .governance.erasure import find_about_subject
from .governance.memory_rules import read_filter
from .memory import Memory
from .records.row_store import IDS_PER_QUERY
from .records.rows import MemoryRow
from .records.tables import rows


def export_rows(
    memory: Memory, principal: Principal, about: str = "", *, seen: bool = False
) -> Iterator[dict[str, Any]]:
    """Rows of the principal's tenant as plain data, oldest first; vectors are not among it.

    Args:
        about: a person's id: all that is held about them, also what the principal may not see otherwise. Who may ask
            for that is the caller's to check. Without it, what the principal may see.
        seen: of all about somebody, only what the principal wrote or may see: others' notes stay theirs.
    """
    scope = memory.scope(principal, prefix=())
    if not about:
        may_read = read_filter(memory.stages, principal)
        yield from (_record(row) for row in memory.rows.scan(scope) if may_read is None or may_read(row))
        return
    ids = [row.id for row in find_about_subject(memory.rows, principal.tenant, about)]
    for start in range(0, len(ids), IDS_PER_QUERY):
        some = ids[start : start + IDS_PER_QUERY]
        for row in memory.rows.scan_tenant(principal.tenant, rows.c.id.in_(some)):
            if not seen or row.author == principal.user_id or row.visibility in scope.visible:
                yield _record(row)


def _record(row: MemoryRow) -> dict[str, Any]:
    times = {
        name: moment.isoformat()
        for name in ("created_at", "updated_at", "expires_at")
        if (moment := getattr(row, name))
    }
    names = (
        "id",
        "key",
        "kind",
        "value",
        "source",
        "span",
        "provenance",
        "visibility",
        "retention",
        "author",
        "thread",
    )
    return {name: getattr(row, name) for name in names} | {"namespace": list(row.namespace)} | times
