"""The kinds of clauses that are looked for are read once from `clause_kinds.yaml`."""

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

KEY_LENGTH = 6
"""Words are compared by their first letters, so that one entry covers "assign", "assigns" and "assignment"."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A way of wording: `pattern` is tried on sentences that hold one of `keys`, and adds `weight` to the score."""

    keys: tuple[str, ...]
    pattern: re.Pattern[str]
    weight: float


@dataclass(frozen=True, slots=True)
class ClauseKind:
    """One kind of clause: how its headings and sentences are worded, and how many findings are kept."""

    id: str
    label: str
    headings: re.Pattern[str]
    heading_weight: float
    cues: tuple[Cue, ...]
    unless: tuple[re.Pattern[str], ...]
    limit: int


@lru_cache(maxsize=1)
def load_clause_kinds() -> tuple[ClauseKind, ...]:
    """All kinds, in the order of the file."""
    import yaml  # loaded late: only reviews of contracts need it

    raw = yaml.safe_load(files(__package__).joinpath("clause_kinds.yaml").read_text(encoding="utf-8"))
    return tuple(_kind(entry) for entry in raw)


def _kind(entry: dict[str, Any]) -> ClauseKind:
    return ClauseKind(
        id=entry["id"],
        label=entry["label"],
        headings=re.compile(entry["headings"]),
        heading_weight=float(entry.get("heading_weight", 0.5)),
        cues=tuple(
            Cue(
                keys=tuple(str(word)[:KEY_LENGTH] for word in cue["words"]),
                pattern=re.compile(cue["match"]),
                weight=float(cue.get("weight", 1.0)),
            )
            for cue in entry["cues"]
        ),
        unless=tuple(re.compile(pattern) for pattern in entry.get("not", ())),
        limit=int(entry["limit"]),
    )
