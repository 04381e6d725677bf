"""Neighbours are what stands next to a hit: the next turns of a conversation, the next pieces of a section."""

from collections.abc import Sequence

from sqlalchemy import and_, or_, select

from ...policies.storage.database import begin_read
from ..records.row_store import RowStore
from ..records.rows import MemoryRow
from ..records.scope import Scope, encode_namespace
from ..records.tables import rows

REACH = 1200  # characters of the source in which a neighbour begins
MAX_FOLLOWERS = 2
MAX_HITS = 64  # hits whose neighbours are looked for; each is a condition of the query


def find_neighbours(store: RowStore, scope: Scope, hits: Sequence[MemoryRow]) -> dict[str, list[str]]:
    """The ids of up to two rows that follow each of the first 64 hits in its source, nearest first, by the hit's id.

    A neighbour has the hit's source, and also its namespace, author, thread, visibility and provenance: nobody can put
    words beside what another person or a trusted document said. The scope admits it like any other row.
    """
    placed = [hit for hit in hits if hit.span is not None and hit.source][:MAX_HITS]
    if not placed:
        return {}
    near = []
    for hit in placed:
        end = hit.span[1] if hit.span else 0
        near.append(and_(rows.c.source == hit.source, rows.c.span_start >= end, rows.c.span_start <= end + REACH))
    columns = ("id", "source", "namespace", "author", "thread", "visibility", "provenance", "span_start")
    # The sources by themselves, too: by these the database looks rows up, by the alternatives it would go through all.
    among = rows.c.source.in_({hit.source for hit in placed})
    query = select(*rows.c[columns]).where(*scope.conditions(), among, or_(*near)).order_by(rows.c.span_start, rows.c.n)
    with begin_read(store.engine) as connection:
        found = connection.execute(query).all()
    by_place: dict[tuple[str, ...], list[tuple[int, str]]] = {}
    for row in found:
        by_place.setdefault(tuple(row[1:7]), []).append((row.span_start, row.id))
    beside = {}
    for hit in placed:
        end = hit.span[1] if hit.span else 0
        place = (hit.source, encode_namespace(hit.namespace), hit.author, hit.thread, hit.visibility, hit.provenance)
        after = [row_id for at, row_id in by_place.get(place, ()) if end <= at <= end + REACH and row_id != hit.id]
        beside[hit.id] = after[:MAX_FOLLOWERS]
    return beside
