"""A system of record over any database that SQLAlchemy reaches, for whoever says what its tables hold.

`schema` says which kinds of record there are, and `columns` has shorthands for their tables. `sql_records` opens a
database and implements the port, with `row_operations` and `column_values`; `engine` makes connections.
"""

from typing import TYPE_CHECKING

from ....policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .columns import day as day
    from .columns import flag as flag
    from .columns import idempotency_key as idempotency_key
    from .columns import key as key
    from .columns import listing as listing
    from .columns import make_counters as make_counters
    from .columns import minor as minor
    from .columns import moment as moment
    from .columns import prose as prose
    from .columns import whole as whole
    from .columns import words as words
    from .engine import find_sqlite_file as find_sqlite_file
    from .engine import format_url as format_url
    from .engine import make_engine as make_engine
    from .engine import translate_error as translate_error
    from .schema import RecordKind as RecordKind
    from .schema import SqlSchema as SqlSchema
    from .sql_records import SqlRecords as SqlRecords
    from .sql_records import open_sql_records as open_sql_records

__getattr__ = export_lazily(
    __name__,
    {
        "columns": "day flag idempotency_key key listing make_counters minor moment prose whole words",
        "engine": "find_sqlite_file format_url make_engine translate_error",
        "schema": "RecordKind SqlSchema",
        "sql_records": "open_sql_records SqlRecords",
    },
)
