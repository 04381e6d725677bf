"""The schema of the records of work is brought up to date when a database is opened.

Its migrations are one chain for SQLite and PostgreSQL, run by Alembic. All that are missing run in one transaction
behind the lock that writers queue at, so a process that is killed leaves the schema as it was, and of several that open
a database at once one does the work. Alembic is only loaded when there is some.
"""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection, Engine, column, inspect, select, table

from ..errors import StorageError
from .database import begin_read, begin_write
from .urls import hide_password

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "countersign_schema"
_ONE_AT_A_TIME = Lock()  # Alembic's `op` is one for the process, whatever thread or database it is used for


def upgrade_schema(engine: Engine, migrations: Path = MIGRATIONS) -> None:
    """Runs the migrations that the database lacks; one that lacks none is only read.

    Args:
        migrations: the folder of the chain; each file begins with the number that is its revision.

    Raises:
        StorageError: the database is of a newer version, cannot be read, or needs migrations and cannot be written to.
    """
    known = sorted(path.name.partition("_")[0] for path in migrations.glob("[0-9]*_*.py"))
    with begin_read(engine) as connection:
        if _revision(connection, known) == known[-1]:
            return
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    chain = ScriptDirectory(migrations, version_locations=[str(migrations)])
    with _ONE_AT_A_TIME, begin_write(engine, durable=True) as connection:
        before = _revision(connection, known)  # again: meanwhile another process may have done it
        if before == known[-1]:
            return
        place = {"version_table": VERSION_TABLE, "version_table_schema": connection.dialect.default_schema_name}
        context = MigrationContext.configure(connection, opts=place)
        with Operations.context(context):
            for step in reversed(list(chain.iterate_revisions("head", before or "base"))):
                step.module.upgrade()
        context.stamp(chain, "head")


def _revision(connection: Connection, known: Sequence[str]) -> str | None:
    """The newest migration that the database has been through; ``None`` for one that is new or older than migrations.

    Raises:
        StorageError: it is none of those that are known.
    """
    schema = connection.dialect.default_schema_name  # another one on PostgreSQL's search path is somebody else's
    if not inspect(connection).has_table(VERSION_TABLE, schema=schema):
        return None
    version = table(VERSION_TABLE, column("version_num"), schema=schema)
    found: str | None = connection.scalar(select(version.c.version_num))
    if found is not None and found not in known:
        raise StorageError(
            f"The database {hide_password(connection.engine.url)} was last used by a newer version of Countersign "
            f"(its schema "
            f"has revision {found}, this version knows {known[-1]}): install that version, or name another data folder "
            "or database; nothing was changed."
        )
    return found
