"""Every way to tamper with the rows of a table, found from what stands in it, each of which can be taken back."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from countersign.policies.storage.database import begin_write
from sqlalchemy import Engine, MetaData, Table, and_, delete, insert, select

Row = Mapping[str, Any]
LAST = (2, 3)


@dataclass(frozen=True)
class Mutation:
    """Some rows of a table give way to others."""

    what: str
    table: Table
    old: Sequence[Row]
    new: Sequence[Row]


def reflected(engine: Engine, *names: str) -> list[Table]:
    """The tables as the database has them."""
    metadata = MetaData()
    metadata.reflect(engine, only=names)
    return [metadata.tables[name] for name in names]


def rows_of(engine: Engine, table: Table) -> list[Row]:
    """All rows, by primary key."""
    with engine.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(select(table).order_by(*table.primary_key))]


def mutations(engine: Engine, table: Table) -> Iterator[Mutation]:
    """Each column of each row changed, each row removed, copied and swapped with the next, the last rows removed."""
    rows = rows_of(engine, table)
    keys = [column.name for column in table.primary_key]
    others = [column.name for column in table.c if not column.primary_key]
    for row in rows:
        name = f"{table.name} {'/'.join(str(row[key])[-24:] for key in keys)}"
        for column in table.c:
            yield Mutation(f"{name}: {column.name} changed", table, [row], [{**row, column.name: other(row, column)}])
        yield Mutation(f"{name}: removed", table, [row], [])
        extra = {**row, keys[-1]: other(row, table.c[keys[-1]])}
        extra |= {column.name: other(row, column) for column in table.c if column.unique}
        yield Mutation(f"{name}: copied", table, [], [extra])
    for one, two in pairwise(rows):
        first, second = ({**mine, **{name: yours[name] for name in others}} for mine, yours in ((one, two), (two, one)))
        if first != one:
            yield Mutation(f"{table.name}: {one[keys[0]]} and its next swapped", table, [one, two], [first, second])
    for count in LAST:
        if len(rows) > count:
            yield Mutation(f"{table.name}: the last {count} removed", table, rows[-count:], [])


def other(row: Row, column: Any) -> Any:
    """A value that a row does not have."""
    match row[column.name]:
        case None:
            return 7 if column.type.python_type is int else b"x" if column.type.python_type is bytes else "x"
        case int(number):
            return number + 100_000
        case bytes(content):
            return content[:-1] + bytes([content[-1] ^ 1]) if content else b"x"
        case dict(data):
            return {**data, "x": 1}
        case value:
            return f"{value}~"


@contextmanager
def applied(engine: Engine, mutation: Mutation) -> Iterator[None]:
    """The database with a mutation, and as it was afterwards."""
    replace(engine, mutation.table, mutation.old, mutation.new)
    try:
        yield
    finally:
        replace(engine, mutation.table, mutation.new, mutation.old)


def replace(engine: Engine, table: Table, old: Sequence[Row], new: Sequence[Row]) -> None:
    """Rows give way to others."""
    with begin_write(engine) as connection:
        for row in old:
            gone = connection.execute(delete(table).where(and_(*(key == row[key.name] for key in table.primary_key))))
            assert gone.rowcount == 1, f"a row of {table.name} that should be there is not"
        if new:
            connection.execute(insert(table), list(new))
