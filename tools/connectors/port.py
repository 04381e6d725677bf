"""Tools reach a business system through this one narrow port; a user's own system implements it too."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from ...policies.errors import CountersignError

BusinessRecord = dict[str, Any]
"""One row: plain values, money as whole minor units, days as ``date``, moments as aware ``datetime``."""

Where = Mapping[str, Any]
"""Column to value, or column to ``(operator, value)`` with one of ``= != < <= > >= in contains``; all must hold."""


class Conflict(CountersignError):
    """The record is no longer as the caller saw it; read it again and decide anew."""

    exit_code = 8


@dataclass(frozen=True, slots=True)
class CompanyInfo:
    """Whose records these are.

    Attributes:
        tenant: id of the organisation, e.g. ``"halden-birch"``.
        name: shown to people.
        currency: the base currency, three letters.
        today: the day the records count from; tools use it instead of the clock.
    """

    tenant: str
    name: str
    currency: str
    today: date


class SystemOfRecord(Protocol):
    """Reads and writes business records. Every method may raise:

    ``BadInput`` for an unknown kind or column or a value of the wrong type, ``Unavailable`` when the system does not
    answer (trying again may help), ``StorageError`` when it cannot be read or written at all.
    Confidential columns (salaries) do not exist for it.
    """

    def company(self) -> CompanyInfo:
        """Whose records these are and which day it is for them."""
        ...

    def get(self, kind: str, id: str) -> BusinessRecord | None:
        """The record with this id, or ``None``. ``"8841"`` finds ``ORD-8841``."""
        ...

    def find(
        self,
        kind: str,
        *,
        where: Where | None = None,
        order_by: str | Sequence[str] = (),
        limit: int = 100,
    ) -> list[BusinessRecord]:
        """The records for which every condition holds.

        Args:
            kind: e.g. ``"order"``.
            where: conditions; a value of ``None`` asks for "is empty".
            order_by: column names, a leading ``-`` for descending; the id breaks ties.
            limit: at most so many records, 1 to 10,000.
        """
        ...

    def count(self, kind: str, *, where: Where | None = None) -> int:
        """How many records there are for which every condition holds."""
        ...

    def insert(self, kind: str, values: Mapping[str, Any], *, key: str | None = None) -> str:
        """Adds a record and returns its new id; with a key that was used before, that record's id instead."""
        ...

    def by_key(self, kind: str, key: str) -> BusinessRecord | None:
        """The record that was inserted with this idempotency key, or ``None``: did the write happen?"""
        ...

    def update(self, kind: str, id: str, values: Mapping[str, Any], expected: Mapping[str, Any]) -> BusinessRecord:
        """Changes a record if it still has the expected values, and returns it as it is now.

        Raises:
            Conflict: it has other values by now.
            BadInput: there is no such record, or the column may not be changed.
        """
        ...

    def transaction(self) -> AbstractContextManager["SystemOfRecord"]:
        """Does all or nothing: ``with records.transaction() as tx: tx.update(...); tx.insert(...)``."""
        ...
