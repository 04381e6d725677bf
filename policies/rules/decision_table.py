"""A decision table holds thresholds as rows, read from the top; the first row that fits applies.

After the hit policy "first" of DMN (Decision Model and Notation 1.5, section 8.2.8). A table becomes ordinary rules:
each row's condition excludes the rows above it, so that the order of rules still makes no difference.

| cell | holds when the column |
|---|---|
| ``"-"`` | is anything |
| ``10000``, ``gold``, ``true`` | is that |
| ``[gold, silver]`` | is one of these |
| ``"<= 10000"``, also ``<``, ``>=``, ``>``, ``!=`` | compares so |
| ``"10001..100000"`` | lies between, both ends included |
"""

import json
import re
from datetime import timedelta
from typing import Any

from pydantic import Field, ValidationError, field_validator, model_validator

from ..domain.decision import Expiry, Priority
from .fields import (
    Deadline,
    FieldPath,
    NamePattern,
    PolicyId,
    Reviewer,
    SectionReference,
    Sentence,
    StrictModel,
    Tag,
    Version,
    Word,
)
from .rule import Rule, RuleEffect

ANY = "-"
_COMPARED = re.compile(r"(<=|>=|<|>|!=)\s*(-?\d{1,19})")
_RANGE = re.compile(r"(-?\d{1,19})\s*\.\.\s*(-?\d{1,19})")
Cell = str | int | bool | tuple[str | int, ...]


class TableRow(StrictModel):
    """One row: a cell for each column, and what follows. What it leaves out, the table gives.

    Attributes:
        id: the end of the rule's id; its number by default.
        when: one cell for each column.
        effect, would, reason, reviewers, deadline, remind, priority, escalate, on_expiry, mask: as in a rule.
    """

    id: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")
    when: tuple[Cell, ...]
    effect: RuleEffect
    would: RuleEffect | None = None
    reason: Sentence | None = None
    reviewers: tuple[Reviewer, ...] = ()
    deadline: Deadline | None = None
    remind: Deadline | None = None
    priority: Priority | None = None
    escalate: tuple[Word, ...] = ()
    on_expiry: Expiry | None = None
    mask: tuple[FieldPath, ...] = ()


class DecisionTable(StrictModel):
    """A decision table of one pack.

    Attributes:
        id: the beginning of its rules' ids; row 2 of ``support.refund`` is the rule ``support.refund.row-2``.
        description, owner, version, tags, source, tools, agents, roles, deadline: as in a rule.
        columns: what the cells are compared with, each a path such as ``args.amount_minor``.
        given: a condition that must hold besides, such as ``args.currency == "EUR"``.
        reason: for rows without one of their own.
        rows: read from the top; the first that fits applies.
    """

    id: PolicyId
    description: Sentence
    owner: Word
    version: Version = "1"
    tags: tuple[Tag, ...] = ()
    source: SectionReference
    tools: tuple[NamePattern, ...] = Field(min_length=1)
    agents: tuple[NamePattern, ...] = ()
    roles: tuple[Word, ...] = ()
    given: str = "true"
    columns: tuple[FieldPath, ...] = Field(min_length=1)
    reason: Sentence
    deadline: Deadline = timedelta(days=2)
    rows: tuple[TableRow, ...] = Field(min_length=1)

    @field_validator("columns")
    @classmethod
    def _readable(cls, columns: tuple[str, ...]) -> tuple[str, ...]:
        for column in columns:
            if "." not in column:
                raise ValueError(f"the column {column!r} is no path; write one such as args.amount_minor")
        return columns

    @model_validator(mode="after")
    def _usable(self) -> "DecisionTable":
        self.as_rules()
        return self

    def as_rules(self) -> tuple[Rule, ...]:
        """The rows as rules.

        Raises:
            ValueError: a row has too many or too few cells, one that cannot be read, or what no rule may have.
        """
        above: list[str] = []
        rules = []
        for number, row in enumerate(self.rows, start=1):
            if len(row.when) != len(self.columns):
                raise ValueError(f"row {number} has {len(row.when)} cells for {len(self.columns)} columns")
            cells = [_condition(column, cell, number) for column, cell in zip(self.columns, row.when, strict=True)]
            fits = " && ".join(cell for cell in cells if cell) or "true"
            parts = [] if self.given.strip() == "true" else [f"({self.given})"]
            parts += [] if fits == "true" else [f"({fits})"]
            rules.append(self._rule(row, number, " && ".join(parts + [f"!({other})" for other in above]) or "true"))
            above.append(fits)
        return tuple(rules)

    def _rule(self, row: TableRow, number: int, when: str) -> Rule:
        common = {"description", "owner", "version", "tags", "source", "tools", "agents", "roles", "reason", "deadline"}
        given = row.model_dump(mode="json", exclude={"id", "when"}, exclude_defaults=True)
        fields: dict[str, Any] = self.model_dump(mode="json", include=common)
        fields |= given | {"id": f"{self.id}.{row.id or f'row-{number}'}", "when": when}
        try:
            return Rule.model_validate_json(json.dumps(fields))
        except ValidationError as error:
            first = error.errors()[0]
            what = first.get("ctx", {}).get("error", f"{first['loc'][-1] if first['loc'] else ''}: {first['msg']}")
            raise ValueError(f"row {number}: {what}") from error


def _condition(column: str, cell: Cell, number: int) -> str:
    """One cell in CEL; empty when anything will do."""
    if isinstance(cell, bool):
        return f"{column} == {str(cell).lower()}"
    if isinstance(cell, int):
        return f"{column} == {cell}"
    if isinstance(cell, tuple):
        return f"{column} in [{', '.join(_literal(item) for item in cell)}]"
    text = cell.strip()
    if text == ANY:
        return ""
    if found := _COMPARED.fullmatch(text):
        return f"{column} {found[1]} {found[2]}"
    if found := _RANGE.fullmatch(text):
        if int(found[1]) > int(found[2]):
            raise ValueError(f"row {number}: {cell!r} is empty; write the smaller number first")
        return f"{column} >= {found[1]} && {column} <= {found[2]}"
    if text.startswith(("<", ">", "!", "=")) or ".." in text or not text:
        raise ValueError(
            f"row {number}: {cell!r} cannot be read; write a whole number after <=, <, >=, > or !=, or 1..9"
        )
    return f"{column} == {_literal(text)}"


def _literal(value: str | int) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)
