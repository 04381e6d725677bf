"""Making tables: only those that are missing, so that a copy nobody may write to can still be read."""

from sqlalchemy import Engine, MetaData, inspect

from ..errors import StorageError
from .database import reading, writing
from .urls import shown


def make_missing(engine: Engine, metadata: MetaData) -> None:
    """Makes the tables that the database lacks; one that has them all is not written to.

    Raises:
        StorageError: the database cannot be read, lacks tables and cannot be written to, or its tables are those of
            another version.
    """
    with reading(engine) as connection:
        there = inspect(connection)
        known = set(there.get_table_names())
        for table in metadata.sorted_tables:
            if table.name not in known:
                continue
            lacks = {column.name for column in table.columns} - {item["name"] for item in there.get_columns(table.name)}
            if lacks:
                raise StorageError(
                    f"The table {table.name} in {shown(engine.url)} was made by an earlier version of Countersign and "
                    f"lacks {', '.join(sorted(lacks))}. Name a new data folder or database, and keep this one with the "
                    "version that made it; nothing in it was changed."
                )
    if not known.issuperset(metadata.tables):
        with writing(engine) as connection:
            metadata.create_all(connection)
