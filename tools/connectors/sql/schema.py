"""A schema says which kinds of record a database holds, in which tables, and how their ids look."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Connection, Table

from ....policies.errors import BadInput
from ..port import CompanyInfo


@dataclass(frozen=True, eq=False)
class RecordKind:
    """One kind of record.

    Attributes:
        name: what callers say, e.g. ``"order"``.
        table: where its rows are.
        prefix: of its ids, e.g. ``"ORD"``; empty where ids are not numbered.
        width: digits an id is padded to.
        writable: the port may insert rows of this kind.
        changes: the columns that the port may update; roles and limits of employees are not among any.
    """

    name: str
    table: Table
    prefix: str = ""
    width: int = 4
    writable: bool = False
    changes: tuple[str, ...] = ()

    @cached_property
    def key(self) -> str:
        """The name of the primary key column."""
        return next(iter(self.table.primary_key.columns)).name

    @cached_property
    def visible(self) -> tuple[str, ...]:
        """The columns that the port may speak of: all but the confidential ones."""
        return tuple(c.name for c in self.table.columns if not c.info.get("confidential"))

    def id(self, number: int) -> str:
        """The id with this number, e.g. ``ORD-8841``."""
        return f"{self.prefix}-{number:0{self.width}d}"


@dataclass(frozen=True, eq=False)
class SqlSchema:
    """The kinds of record of one system, and how to read whose they are.

    Attributes:
        kinds: by name.
        counters: the table from which the numbers of new ids come (``columns.make_counters``).
        company: reads whose records these are.
    """

    kinds: Mapping[str, RecordKind]
    counters: Table
    company: Callable[[Connection], CompanyInfo]

    def get_kind(self, name: str) -> RecordKind:
        """The kind with this name.

        Raises:
            BadInput: there is no such kind.
        """
        found = self.kinds.get(name)
        if found is None:
            raise BadInput(f"The company keeps no records of kind {name!r}; it keeps: {', '.join(self.kinds)}.")
        return found


def normalize_id(kind: RecordKind, text: str) -> str:
    """The stored form of an id that a person wrote: ``8841``, ``#8841`` and ``ord 8841`` are ``ORD-8841``.

    Text that is not such an id comes back stripped, so that looking it up finds nothing.
    """
    plain = text.strip()
    if not kind.prefix or len(plain) > 40:
        return plain
    match = re.fullmatch(rf"#?(?:{kind.prefix}[\s_#-]*)?([0-9]{{1,9}})", plain, re.IGNORECASE | re.ASCII)
    return kind.id(int(match.group(1))) if match else plain
