"""A vector index is told what changed, and asked what is near; this is its port."""

from typing import NamedTuple, Protocol

from ..records.rows import IndexChanges


class Hit(NamedTuple):
    """One vector near a query; ``similarity`` is the cosine."""

    row_id: str
    seq: int
    similarity: float


class IndexBackend(Protocol):
    """A copy of the vectors in SQL, arranged for search."""

    def position(self, tenant: str, generation: int) -> int:
        """The ``seq`` that is reflected; 0 after the vectors were made anew (a new generation) or were lost."""
        ...

    def forget_position(self, tenant: str) -> None:
        """Asks the index itself for the position next time, not what this process remembers."""
        ...

    def note_unchanged(self, tenant: str, upto: int) -> None:
        """Notes that nothing of the tenant changed until ``upto``."""
        ...

    def apply(self, tenant: str, changes: IndexChanges) -> None:
        """Brings the tenant's vectors to ``changes.upto``; doing so twice does no harm."""
        ...

    def drop(self, tenant: str) -> None:
        """Removes the tenant's vectors; the next search takes them from SQL."""
        ...

    def count(self, tenant: str) -> int:
        """How many vectors the tenant has here."""
        ...
