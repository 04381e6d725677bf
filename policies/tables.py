"""Making tables: only those that are missing, so that a copy nobody may write to can still be read."""

from sqlalchemy import Engine, MetaData, inspect

from .database import reading, writing


def make_missing(engine: Engine, metadata: MetaData) -> None:
    """Makes the tables that the database lacks; one that has them all is not written to.

    Raises:
        StorageError: the database cannot be read, or lacks tables and cannot be written to.
    """
    with reading(engine) as connection:
        known = set(inspect(connection).get_table_names())
    if not known.issuperset(metadata.tables):
        with writing(engine) as connection:
            metadata.create_all(connection)
