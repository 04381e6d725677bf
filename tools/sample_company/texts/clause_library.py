"""The clause library says what each type of clause reads when ordinary or risky, and what we propose instead."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class ClauseWording:
    """One wording of a clause; ``{law}`` and the like are filled in when a contract is put together.

    Attributes:
        text: the prose.
        sets: facts that this wording makes true of the contract, e.g. ``{"notice_days": 180}``.
        why: what is wrong with it, for a risky one.
    """

    text: str
    sets: dict[str, Any]
    why: str = ""


@dataclass(frozen=True, slots=True)
class ClauseType:
    """One type of clause.

    Attributes:
        id: e.g. ``"liability_cap"``.
        heading: as it stands above the clause.
        severity: of a risky wording: ``high``, ``medium`` or ``low``.
        rule: the handbook section that a risky wording or its absence offends.
        expected: a contract without this type has a gap.
        ordinary: wordings within the firm's rules.
        risky: wordings against them.
        fallback: what we propose instead, ready to paste.
    """

    id: str
    heading: str
    severity: str
    rule: str
    expected: bool
    ordinary: tuple[ClauseWording, ...]
    risky: tuple[ClauseWording, ...]
    fallback: str


@cache
def load_clause_library() -> dict[str, ClauseType]:
    """Every clause type by id, in the order in which they stand in a contract."""
    loaded = yaml.safe_load(files(__package__).joinpath("clauses.yaml").read_text("utf-8"))
    return {name: _type(name, body) for name, body in loaded.items()}


def _type(name: str, body: dict[str, Any]) -> ClauseType:
    return ClauseType(
        id=name,
        heading=body["heading"],
        severity=body["severity"],
        rule=body["rule"],
        expected=body.get("expected", False),
        ordinary=tuple(map(_wording, body["ordinary"])),
        risky=tuple(map(_wording, body["risky"])),
        fallback=" ".join(body["fallback"].split()),
    )


def _wording(body: str | dict[str, Any]) -> ClauseWording:
    if isinstance(body, str):
        return ClauseWording(" ".join(body.split()), {})
    return ClauseWording(" ".join(body["text"].split()), body.get("sets", {}), body.get("why", ""))
