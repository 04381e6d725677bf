"""Comparing whole tables with what the audit log vouches for: changed, missing and added rows are named."""

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, Table, inspect, select

from ..errors import Tampered
from .chain import Record
from .row_seals import RowKey, check_row, key_of, name_of, seals_in

MOST_NAMED = 5


def gathered(records: Iterable[Record], seals: dict[RowKey, str]) -> Iterator[Record]:
    """The records, passed on one by one while the newest seal of each row is noted.

    Args:
        records: the whole log, oldest first.
        seals: filled on the way.
    """
    for record in records:
        yield record
        seals |= seals_in(record.body)  # whoever asks for the next record has found this one good


def check_tables(connection: Connection, seals: dict[RowKey, str], tables: Iterable[Table]) -> None:
    """Compares every row of these tables with its newest seal, and every seal with its row.

    Args:
        connection: sees the tables of the same moment as the log.
        seals: of the whole log.

    Raises:
        Tampered: naming up to five rows that do not fit.
    """
    wrong = [problem for table in tables for problem in _problems(connection, seals, table)]
    if wrong:
        more = len(wrong) - MOST_NAMED
        raise Tampered(" ".join(wrong[:MOST_NAMED]) + (f" And {more} more." if more > 0 else ""))


def _problems(connection: Connection, seals: dict[RowKey, str], table: Table) -> Iterator[str]:
    expected = {key for name, key in seals if name == table.name}
    if inspect(connection).has_table(table.name):
        with connection.execution_options(yield_per=500).execute(select(table)) as rows:
            for row in rows:
                fields = dict(row._mapping)
                key = key_of(table, fields)
                expected.discard(key)
                try:
                    check_row(seals, table, fields, *key)
                except Tampered as error:
                    yield str(error)
    for key in expected:
        yield f"{name_of(table.name, key)} is missing; it was removed."
