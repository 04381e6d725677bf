"""A database and its vector index recognise each other by sync marks.

A position alone says little: a restored backup that went on writing reaches the same numbers with other rows. So every
change of an index carries a new random mark, written to the database first; an index with a mark that the database does
not know belongs to another state of it, and is made again.
"""

from uuid import uuid4

from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.exc import IntegrityError

from ...policies.storage.database import begin_read, begin_write
from ..records.tables import installation, marks


class SyncMarks:
    """The marks in one database.

    Args:
        engine: the database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read_known(self, tenant: str) -> frozenset[str]:
        """The marks that the tenant's index may carry: the last one, or the one before if a crash came between."""
        query = select(*marks.c["mark", "before"]).where(marks.c.tenant == tenant)
        with begin_read(self._engine) as connection:
            found = connection.execute(query).first()
        return frozenset(found or ()) - {""}

    def renew(self, tenant: str, before: str) -> str:
        """A new mark for the tenant's index, known from now on beside the one that it carries."""
        mark = uuid4().hex
        with begin_write(self._engine) as connection:
            connection.execute(delete(marks).where(marks.c.tenant == tenant))
            connection.execute(insert(marks).values(tenant=tenant, mark=mark, before=before))
        return mark

    def forget(self, tenant: str) -> None:
        """Notes that the tenant has no index any more."""
        with begin_write(self._engine) as connection:
            connection.execute(delete(marks).where(marks.c.tenant == tenant))

    def installation(self) -> str:
        """A random name of this database, made at first use; a copy of the database has the same."""
        query = select(installation.c.name)
        with begin_read(self._engine) as connection:
            found = connection.scalar(query)
        if found is None:
            try:
                with begin_write(self._engine) as connection:
                    connection.execute(insert(installation).values(id=1, name=uuid4().hex))
            except IntegrityError:
                pass  # another process was first
            with begin_read(self._engine) as connection:
                found = connection.scalar(query)
        return str(found)
