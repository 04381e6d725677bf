"""What a case of a tool that changes something is made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services import Office

Args = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """One good call of a tool, what it changes, and calls that must be refused."""

    tool: str
    user: str
    args: Args | Callable[[Office], Args]
    seen: Callable[[Office, Mapping[str, Any]], Any]
    expected: Any
    wrong: tuple[tuple[Args, str], ...] = ()

    def given(self, office: Office) -> Args:
        return self.args(office) if callable(self.args) else self.args


def first(office: Office, kind: str, **where: Any) -> dict[str, Any]:
    return office.records.find(kind, where=where, limit=1)[0]


def done(office: Office, user: str, tool: str, **args: Any) -> Mapping[str, Any]:
    outcome = office.call(user, tool, "before", **args)
    assert outcome.ok, outcome.message
    return outcome.value


def of(kind: str, field: str, column: str) -> Callable[[Office, Mapping[str, Any]], Any]:
    """Reads a column of the record that a result names."""

    def read(office: Office, value: Mapping[str, Any]) -> Any:
        row = office.records.get(kind, value[field])
        assert row is not None
        return row[column]

    return read


def made(kind: str, field: str, *columns: str) -> Callable[[Office, Mapping[str, Any]], Any]:
    """Reads some columns of the record that a result names."""
    return lambda office, value: tuple(of(kind, field, column)(office, value) for column in columns)
