"""The record operations over one open database connection."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, Row, Select, String, and_, func, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from ...policies.errors import BadInput, StorageError
from . import schema
from .kinds import Kind, kind_of, normalise
from .records import CompanyInfo, Conflict, Record, Where
from .values import checked, column_of

MOST_ROWS = 10_000
MOST_VALUES = 1_000
_KEY = "idempotency_key"


class Rows:
    """A ``SystemOfRecord`` bound to one connection; the caller begins and ends the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def company(self) -> CompanyInfo:
        found = self._connection.execute(select(schema.company)).first()
        if found is None:
            raise StorageError("The database holds no company; create one with `open_company`.")
        return CompanyInfo(found.tenant, found.name, found.currency, found.today)

    def get(self, kind: str, id: str) -> Record | None:
        which = kind_of(kind)
        key = column_of(which, which.key)
        found = self._connection.execute(_visible(which).where(key == checked(which, which.key, normalise(which, id))))
        return _record(found.first())

    def find(
        self,
        kind: str,
        *,
        where: Where | None = None,
        order_by: str | Sequence[str] = (),
        limit: int = 100,
    ) -> list[Record]:
        which = kind_of(kind)
        if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MOST_ROWS:
            raise BadInput(f"A search returns 1 to {MOST_ROWS} records; {limit!r} is not such a number.")
        names = [order_by] if isinstance(order_by, str) else list(order_by)
        order = [
            column_of(which, name.removeprefix("-")).desc() if name.startswith("-") else column_of(which, name)
            for name in [*names, which.key]
        ]
        query = _visible(which).where(_condition(which, where)).order_by(*order).limit(limit)
        return [dict(row._mapping) for row in self._connection.execute(query)]

    def count(self, kind: str, *, where: Where | None = None) -> int:
        which = kind_of(kind)
        query = select(func.count()).select_from(which.table).where(_condition(which, where))
        return int(self._connection.execute(query).scalar_one())

    def insert(self, kind: str, values: Mapping[str, Any], *, key: str | None = None) -> str:
        which = kind_of(kind)
        if not which.writable:
            raise BadInput(f"Records of kind {kind!r} cannot be added here; nothing was written.")
        row = _complete(which, values)
        if key is not None:
            row[_KEY] = checked(which, _KEY, key)
            if (known := self.by_key(kind, key)) is not None:
                return str(known[which.key])
        row[which.key] = which.id(self._next(which))
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(which.table).values(row))
        except IntegrityError as error:
            known = self.by_key(kind, key) if key is not None else None
            if known is None:
                raise Conflict(f"The {kind} could not be added: the database refused it as a repeat.") from error
            return str(known[which.key])
        return str(row[which.key])

    def by_key(self, kind: str, key: str) -> Record | None:
        which = kind_of(kind)
        if _KEY not in which.table.c:
            raise BadInput(f"Records of kind {kind!r} carry no idempotency key.")
        query = _visible(which).where(which.table.c[_KEY] == checked(which, _KEY, key))
        return _record(self._connection.execute(query).first())

    def update(self, kind: str, id: str, values: Mapping[str, Any], expected: Mapping[str, Any]) -> Record:
        which = kind_of(kind)
        plain = normalise(which, id)
        if not values or not expected:
            raise BadInput(f"A change of {kind} {plain} must say what to change and what is expected before.")
        for name in values:
            if name not in which.changes:
                can = ", ".join(which.changes) or "nothing"
                raise BadInput(f"{name!r} of a {kind} cannot be changed here; what can: {can}.")
        row = {name: checked(which, name, value) for name, value in values.items()}
        here = column_of(which, which.key) == checked(which, which.key, plain)
        before = and_(*(_compare(which, name, "=", value) for name, value in expected.items()))
        done = self._connection.execute(update(which.table).where(here, before).values(row))
        after = self.get(kind, plain)
        if after is None:
            raise BadInput(f"There is no {kind} {plain}; check the id.")
        if done.rowcount != 1:
            now = ", ".join(f"{name} is {after[name]!r}" for name in expected)
            raise Conflict(f"The {kind} {plain} has changed meanwhile ({now}). Read it again and decide anew.")
        return after

    @contextmanager
    def transaction(self) -> Iterator[Self]:
        with self._connection.begin_nested():
            yield self

    def _next(self, which: Kind) -> int:
        counter = schema.counters
        mine = counter.c.kind == which.name
        self._connection.execute(update(counter).where(mine).values(last=counter.c.last + 1))
        return int(self._connection.execute(select(counter.c.last).where(mine)).scalar_one())


def _visible(which: Kind) -> Select[Any]:
    return select(*(which.table.c[name] for name in which.visible))


def _record(row: Row[Any] | None) -> Record | None:
    return None if row is None else dict(row._mapping)


def _complete(which: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    set_here = (which.key, _KEY)
    for name in values:
        if name in set_here:
            raise BadInput(f"{name!r} is given by the system of record; leave it out.")
    missing = [
        c.name for c in which.table.columns if not c.nullable and c.name not in values and c.name not in set_here
    ]
    if missing:
        raise BadInput(f"A {which.name} also needs: {', '.join(missing)}.")
    return {name: checked(which, name, value) for name, value in values.items()}


def _condition(which: Kind, where: Where | None) -> ColumnElement[bool]:
    parts = []
    for name, given in (where or {}).items():
        operator, value = given if isinstance(given, tuple) and len(given) == 2 else ("=", given)
        parts.append(_compare(which, name, operator, value))
    return and_(literal(True), *parts)


def _compare(which: Kind, name: str, operator: str, value: Any) -> ColumnElement[bool]:
    column = column_of(which, name)
    if operator == "in":
        if isinstance(value, (str, bytes)) or not isinstance(value, (list, tuple, set, frozenset)):
            raise BadInput(f"The condition 'in' on {name!r} needs a list of values.")
        if len(value) > MOST_VALUES:
            raise BadInput(f"The condition 'in' on {name!r} takes at most {MOST_VALUES} values, not {len(value)}.")
        return column.in_([checked(which, name, one) for one in value])
    if operator == "contains" and value is not None:
        if not isinstance(column.type, String):
            raise BadInput(f"The condition 'contains' is for text, and {name!r} is none.")
        return func.lower(column).contains(checked(which, name, value).lower(), autoescape=True)
    if operator == "=":
        return column.is_(None) if value is None else column == checked(which, name, value)
    if operator == "!=":
        return column.is_not(None) if value is None else column != checked(which, name, value)
    if value is None or operator not in ("<", "<=", ">", ">="):
        raise BadInput(f"{operator!r} with {value!r} is no condition; use = != < <= > >= in contains.")
    return column.op(operator, is_comparison=True)(checked(which, name, value))
