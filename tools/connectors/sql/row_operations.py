"""This module reads and writes records over one open database connection."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Self

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    String,
    and_,
    bindparam,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from ....policies.errors import BadInput
from ..port import BusinessRecord, CompanyInfo, Conflict, Where
from .column_values import check_value, get_column
from .schema import RecordKind, SqlSchema, normalize_id

MOST_ROWS = 10_000
MOST_VALUES = 1_000
_KEY = "idempotency_key"

ConditionForm = tuple[str, str]
"""A condition without its value: the column and the operator, from which a statement is made once and kept."""


class RowOperations:
    """A ``SystemOfRecord`` bound to one connection; the caller begins and ends the transaction.

    Args:
        schema: what the database holds.
    """

    def __init__(self, connection: Connection, schema: SqlSchema) -> None:
        self._connection = connection
        self._schema = schema

    def company(self) -> CompanyInfo:
        return self._schema.company(self._connection)

    def get(self, kind: str, id: str) -> BusinessRecord | None:
        which = self._schema.get_kind(kind)
        wanted = check_value(which, which.key, normalize_id(which, id))
        return _record(self._connection.execute(_select_by(which, which.key), {"wanted": wanted}).first())

    def find(
        self,
        kind: str,
        *,
        where: Where | None = None,
        order_by: str | Sequence[str] = (),
        limit: int = 100,
    ) -> list[BusinessRecord]:
        which = self._schema.get_kind(kind)
        if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MOST_ROWS:
            raise BadInput(f"A search returns 1 to {MOST_ROWS} records; {limit!r} is not such a number.")
        names = (order_by,) if isinstance(order_by, str) else tuple(order_by)
        for name in names:
            get_column(which, name.removeprefix("-"))
        forms, values = _conditions(which, where)
        query = _search(which, forms, (*names, which.key))
        return [dict(row._mapping) for row in self._connection.execute(query, values | {"most": limit})]

    def count(self, kind: str, *, where: Where | None = None) -> int:
        which = self._schema.get_kind(kind)
        forms, values = _conditions(which, where)
        query = select(func.count()).select_from(which.table).where(_clause(which, forms))
        return int(self._connection.execute(query, values).scalar_one())

    def insert(self, kind: str, values: Mapping[str, Any], *, key: str | None = None) -> str:
        which = self._schema.get_kind(kind)
        if not which.writable:
            raise BadInput(f"Records of kind {kind!r} cannot be added here; nothing was written.")
        row = _check_complete(which, values)
        if key is not None:
            row[_KEY] = check_value(which, _KEY, key)
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

    def by_key(self, kind: str, key: str) -> BusinessRecord | None:
        which = self._schema.get_kind(kind)
        if _KEY not in which.table.c:
            raise BadInput(f"Records of kind {kind!r} carry no idempotency key.")
        return _record(
            self._connection.execute(_select_by(which, _KEY), {"wanted": check_value(which, _KEY, key)}).first()
        )

    def update(self, kind: str, id: str, values: Mapping[str, Any], expected: Mapping[str, Any]) -> BusinessRecord:
        which = self._schema.get_kind(kind)
        plain = normalize_id(which, id)
        if not values or not expected:
            raise BadInput(f"A change of {kind} {plain} must say what to change and what is expected before.")
        for name in values:
            if name not in which.changes:
                can = ", ".join(which.changes) or "nothing"
                raise BadInput(f"{name!r} of a {kind} cannot be changed here; what can: {can}.")
        row = {name: check_value(which, name, value) for name, value in values.items()}
        here = get_column(which, which.key) == check_value(which, which.key, plain)
        forms, before = _conditions(which, {name: ("=", value) for name, value in expected.items()})
        change = update(which.table).where(here, _clause(which, forms)).values(row)
        done = self._connection.execute(change, before)
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

    def _next(self, which: RecordKind) -> int:
        counter = self._schema.counters
        mine = counter.c.kind == which.name
        self._connection.execute(update(counter).where(mine).values(last=counter.c.last + 1))
        return int(self._connection.execute(select(counter.c.last).where(mine)).scalar_one())


@lru_cache(maxsize=128)
def _select_by(which: RecordKind, name: str) -> Select[Any]:
    """The record whose column has the value ``wanted``."""
    return _select_visible(which).where(which.table.c[name] == bindparam("wanted"))


@lru_cache(maxsize=512)
def _search(which: RecordKind, forms: tuple[ConditionForm, ...], order: tuple[str, ...]) -> Select[Any]:
    columns = [
        get_column(which, name.removeprefix("-")).desc() if name.startswith("-") else get_column(which, name)
        for name in order
    ]
    return (
        _select_visible(which).where(_clause(which, forms)).order_by(*columns).limit(bindparam("most", type_=Integer))
    )


def _select_visible(which: RecordKind) -> Select[Any]:
    return select(*(which.table.c[name] for name in which.visible))


def _record(row: Row[Any] | None) -> BusinessRecord | None:
    return None if row is None else dict(row._mapping)


def _check_complete(which: RecordKind, values: Mapping[str, Any]) -> dict[str, Any]:
    set_here = (which.key, _KEY)
    for name in values:
        if name in set_here:
            raise BadInput(f"{name!r} is given by the system of record; leave it out.")
    missing = [
        c.name for c in which.table.columns if not c.nullable and c.name not in values and c.name not in set_here
    ]
    if missing:
        raise BadInput(f"A {which.name} also needs: {', '.join(missing)}.")
    return {name: check_value(which, name, value) for name, value in values.items()}


def _conditions(which: RecordKind, where: Where | None) -> tuple[tuple[ConditionForm, ...], dict[str, Any]]:
    """The conditions' forms and their checked values, named by place as :func:`_clause` expects them."""
    forms: list[ConditionForm] = []
    values: dict[str, Any] = {}
    for name, given in (where or {}).items():
        operator, value = given if isinstance(given, tuple) and len(given) == 2 else ("=", given)
        if value is None and operator in ("=", "!="):
            get_column(which, name)
            operator = "is null" if operator == "=" else "is not null"
        else:
            values[_make_place_name(len(forms))] = _prepare_operand(which, name, operator, value)
        forms.append((name, operator))
    return tuple(forms), values


def _prepare_operand(which: RecordKind, name: str, operator: str, value: Any) -> Any:
    """The value as the condition compares it.

    Raises:
        BadInput: there is no such column or operator, or the value does not fit.
    """
    column = get_column(which, name)
    if operator == "in":
        if isinstance(value, (str, bytes)) or not isinstance(value, (list, tuple, set, frozenset)):
            raise BadInput(f"The condition 'in' on {name!r} needs a list of values.")
        if len(value) > MOST_VALUES:
            raise BadInput(f"The condition 'in' on {name!r} takes at most {MOST_VALUES} values, not {len(value)}.")
        return [check_value(which, name, one) for one in value]
    if operator == "contains" and value is not None:
        if not isinstance(column.type, String):
            raise BadInput(f"The condition 'contains' is for text, and {name!r} is none.")
        text = str(check_value(which, name, value)).lower()
        return text.replace("/", "//").replace("%", "/%").replace("_", "/_")
    if value is None or operator not in ("=", "!=", "<", "<=", ">", ">="):
        raise BadInput(f"{operator!r} with {value!r} is no condition; use = != < <= > >= in contains.")
    return check_value(which, name, value)


def _clause(which: RecordKind, forms: Sequence[ConditionForm]) -> ColumnElement[bool]:
    return and_(literal(True), *(_comparison(which, _make_place_name(at), *form) for at, form in enumerate(forms)))


def _comparison(which: RecordKind, place: str, name: str, operator: str) -> ColumnElement[bool]:
    column = get_column(which, name)
    value: BindParameter[Any] = bindparam(place, type_=column.type, expanding=operator == "in")
    match operator:
        case "is null":
            return column.is_(None)
        case "is not null":
            return column.is_not(None)
        case "in":
            return column.in_(value)
        case "contains":
            return func.lower(column).contains(value, escape="/")
        case "=":
            return column == value
        case "!=":
            return column != value
        case _:
            return column.op(operator, is_comparison=True)(value)


def _make_place_name(number: int) -> str:
    return f"where_{number}"
