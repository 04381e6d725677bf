"""This module has shorthands for the columns of systems of record, and the one column type of our own."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)


class UtcTime(TypeDecorator[datetime]):
    """A timezone-aware moment; SQLite forgets zones, so both ways go through UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored; pass an aware datetime")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _shorthand(kind: Callable[[], Any]) -> Callable[..., Column[Any]]:
    def column(name: str, *, null: bool = False, index: bool = False, **info: Any) -> Column[Any]:
        return Column(name, kind(), nullable=null, index=index, info=info)

    return column


words = _shorthand(lambda: String(250))
prose = _shorthand(Text)
day = _shorthand(Date)
moment = _shorthand(UtcTime)
minor = _shorthand(BigInteger)
whole = _shorthand(Integer)
flag = _shorthand(Boolean)
listing = _shorthand(JSON)


def key(name: str = "id") -> Column[Any]:
    """The human-readable primary key of a table."""
    return Column(name, String(64), primary_key=True)


def idempotency_key() -> Column[Any]:
    """The idempotency key: a second insert with the same key is refused by the database itself."""
    return Column("idempotency_key", String(250), nullable=True, unique=True)


def make_counters(metadata: MetaData) -> Table:
    """The table that counts the numbers of ids, which every schema with numbered ids has."""
    return Table(
        "counters", metadata, Column("kind", String(64), primary_key=True), Column("last", Integer, nullable=False)
    )
