"""Storage opens the database of the records of work, SQLite or PostgreSQL, so that several processes may share it.

`database` opens it and begins transactions, `postgres` knows what differs there, `urls` reads database URLs, and
`process` tells which worker is alive. `schema` brings the tables up to date by the steps in `migrations`. The tables
themselves are defined by the packages that own them.
"""

from typing import TYPE_CHECKING

from ..lazy_exports import export_lazily

if TYPE_CHECKING:
    from .database import BUSY_SECONDS as BUSY_SECONDS
    from .database import begin_read as begin_read
    from .database import begin_snapshot as begin_snapshot
    from .database import begin_write as begin_write
    from .database import empty_log as empty_log
    from .database import open_database as open_database
    from .database import overwrite_deleted as overwrite_deleted
    from .postgres import CONNECT_SECONDS as CONNECT_SECONDS
    from .postgres import END_INDEXING as END_INDEXING
    from .postgres import END_SETUP as END_SETUP
    from .postgres import TRY_INDEXING as TRY_INDEXING
    from .postgres import TRY_SETUP as TRY_SETUP
    from .postgres import advise_on_error as advise_on_error
    from .postgres import explain_missing_driver as explain_missing_driver
    from .process import get_worker as get_worker
    from .process import is_local as is_local
    from .process import is_running as is_running
    from .schema import upgrade_schema as upgrade_schema
    from .urls import find_database_place as find_database_place
    from .urls import hide_password as hide_password
    from .urls import make_database_name as make_database_name
    from .urls import make_sqlite_url as make_sqlite_url
    from .urls import parse_url as parse_url

__getattr__ = export_lazily(
    __name__,
    {
        "database": ("begin_read begin_snapshot begin_write BUSY_SECONDS empty_log open_database overwrite_deleted"),
        "postgres": (
            "advise_on_error CONNECT_SECONDS END_INDEXING END_SETUP explain_missing_driver TRY_INDEXING TRY_SETUP"
        ),
        "process": "get_worker is_local is_running",
        "schema": "upgrade_schema",
        "urls": "find_database_place hide_password make_database_name make_sqlite_url parse_url",
    },
)
