"""Where the audit log ends: the head, and whether the newest record is the one it names."""

from sqlalchemy import Connection, select

from ..errors import Tampered
from .chain import head, log

# Made once: making a statement costs more than running it.
_NEWEST = select(log.c.hash).where(log.c.seq == head.c.seq).scalar_subquery().label("written")
_HEAD = select(head.c.seq, head.c.hash, _NEWEST).where(head.c.id == 1)


def end_of(connection: Connection) -> tuple[int, str] | None:
    """The number and hash that the log ends with, as its head says; ``None`` before the first record."""
    row = connection.execute(_HEAD).first()
    return (row.seq, row.hash) if row else None


def sound_end(connection: Connection) -> tuple[int, str] | None:
    """The same, if the newest record is the one that the head names.

    Raises:
        Tampered: it is another one, or missing.
    """
    row = connection.execute(_HEAD).first()
    if row is not None and row.written != row.hash:
        raise Tampered(
            f"The newest record of the audit log, {row.seq}, {'was changed' if row.written else 'is missing'}. "
            "Nothing can be recorded, so nothing runs; restore the database from a backup."
        )
    return (row.seq, row.hash) if row else None
