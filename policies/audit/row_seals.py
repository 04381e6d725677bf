"""Seals are the audit log's word on rows that change, such as effects and reviews.

No chain can hold a row that changes as work goes on. Instead, each change is recorded in the audit log, in the same
transaction, together with the row's *seal*: a hash over all its columns as they stand then. Whoever changes such a row
behind the log's back cannot make the log agree. Whole tables can be compared as well: changed, missing and added rows
are named.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, Table, bindparam, inspect, select

from ..domain.canonical import compute_digest
from ..errors import BadInput, Tampered
from .chain import AuditEvent, AuditRecord

SEALS_FIELD = "rows"
"""Where in an event's body the seals stand."""

RowKey = tuple[str, tuple[Any, ...]]
"""A row by the name of its table and its primary key."""

UNSEALED = "unsealed"
"""Stands for the seal of a row that was never written like that; no seal in a log is this."""


def compute_row_seal(row: Mapping[str, Any]) -> str:
    """SHA-256 over a row's columns in canonical form, as 64 hex digits."""
    try:
        return compute_digest(dict(row))
    except BadInput:
        return UNSEALED


def get_row_key(table: Table, row: Mapping[str, Any]) -> tuple[Any, ...]:
    """The values of the table's primary key in a row."""
    return tuple(row[column.name] for column in table.primary_key)


def read_row(connection: Connection, table: Table, *key: Any) -> dict[str, Any] | None:
    """The row with this primary key as it stands in the caller's transaction."""
    query, names = _select_by_key(table)
    row = connection.execute(query, dict(zip(names, key, strict=True))).first()
    return None if row is None else dict(row._mapping)


def read_row_seal(connection: Connection, table: Table, *key: Any) -> dict[str, Any]:
    """The row with this primary key, as :func:`add_row_seals` wants it.

    Raises:
        Tampered: there is none.
    """
    row = read_row(connection, table, *key)
    if row is None:
        raise Tampered(f"{format_row_name(table.name, key)} is missing; it was removed.")
    return make_row_seal(table, row)


def make_row_seal(table: Table, row: Mapping[str, Any] | RowMapping) -> dict[str, Any]:
    """What an event says of a row: the table's name, the row's key and its seal."""
    columns = {column.name: row[column.name] for column in table.c}
    return {"table": table.name, "key": list(get_row_key(table, columns)), "seal": compute_row_seal(columns)}


def add_row_seals(event: AuditEvent, *rows: Mapping[str, Any]) -> AuditEvent:
    """The event, with what :func:`make_row_seal` or :func:`read_row_seal` says of the rows that it changed."""
    return replace(event, body={**event.body, SEALS_FIELD: [*event.body.get(SEALS_FIELD, ()), *rows]})


def find_last_seals(records: Iterable[AuditRecord]) -> dict[RowKey, str]:
    """The newest seal of each row that these records speak of, by table and key.

    Args:
        records: oldest first.
    """
    found: dict[RowKey, str] = {}
    for record in records:
        found |= parse_seals(record.body)
    return found


def parse_seals(body: str | None) -> dict[RowKey, str]:
    """The seals in the body of one record.

    Raises:
        Tampered: the body is not what an event's body is.
    """
    if not isinstance(body, str) or f'"{SEALS_FIELD}":' not in body:
        return {}
    try:
        return {(row["table"], tuple(row["key"])): row["seal"] for row in json.loads(body).get(SEALS_FIELD, ())}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Tampered("A record of the audit log holds what was never written there; it was changed.") from None


def check_row(seals: Mapping[RowKey, str], table: Table, row: Mapping[str, Any] | None, *key: Any) -> None:
    """Checks that a row is the one that the log vouches for.

    Args:
        seals: from :func:`find_last_seals`.
        row: as it stands; ``None`` when there is none.
        key: its primary key.

    Raises:
        Tampered: it was changed, removed, or put there by nobody who told the log.
    """
    expected = seals.get((table.name, key))
    what = format_row_name(table.name, key)
    if row is None:
        if expected is not None:
            raise Tampered(f"{what} is missing; it was removed.")
    elif expected is None:
        raise Tampered(f"{what} is unknown to the audit log; it was put there by hand.")
    elif compute_row_seal(row) != expected:
        raise Tampered(f"{what} is not as the audit log last saw it; it was changed.")


def format_row_name(table: str, key: Iterable[Any]) -> str:
    """How messages call a row."""
    return f"Row {'/'.join(str(part)[:40] for part in key)} of table {table}"


@lru_cache
def _select_by_key(table: Table) -> tuple[Select[Any], tuple[str, ...]]:
    names = tuple(f"key_{column.name}" for column in table.primary_key)
    query = select(table)
    for name, column in zip(names, table.primary_key, strict=True):
        query = query.where(column == bindparam(name))
    return query, names


MAX_NAMED = 5


def collect_seals(records: Iterable[AuditRecord], seals: dict[RowKey, str]) -> Iterator[AuditRecord]:
    """The records, passed on one by one while the newest seal of each row is noted.

    Args:
        records: the whole log, oldest first.
        seals: filled on the way.
    """
    for record in records:
        yield record
        seals |= parse_seals(record.body)  # whoever asks for the next record has found this one good


def check_tables(connection: Connection, seals: dict[RowKey, str], tables: Iterable[Table]) -> None:
    """Compares every row of these tables with its newest seal, and every seal with its row.

    Args:
        connection: sees the tables of the same moment as the log.
        seals: of the whole log.

    Raises:
        Tampered: naming up to five rows that do not fit.
    """
    wrong = [problem for table in tables for problem in _find_problems(connection, seals, table)]
    if wrong:
        more = len(wrong) - MAX_NAMED
        raise Tampered(" ".join(wrong[:MAX_NAMED]) + (f" And {more} more." if more > 0 else ""))


def _find_problems(connection: Connection, seals: dict[RowKey, str], table: Table) -> Iterator[str]:
    expected = {key for name, key in seals if name == table.name}
    if inspect(connection).has_table(table.name):
        with connection.execution_options(yield_per=500).execute(select(table)) as rows:
            for row in rows:
                fields = dict(row._mapping)
                key = get_row_key(table, fields)
                expected.discard(key)
                try:
                    check_row(seals, table, fields, *key)
                except Tampered as error:
                    yield str(error)
    for key in expected:
        yield f"{format_row_name(table.name, key)} is missing; it was removed."
