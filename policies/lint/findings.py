"""What a check of packs found."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is: an error never does what was meant, a warning may not, a note is good to know."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that somebody should look at.

    Attributes:
        kind: a short word for programs, such as ``unknown-field``.
        where: what it is about: ``rule support.refund.small``, ``case one cent``, ``tool orders.get``.
        message: what is wrong and what to do, in plain words.
    """

    level: Level
    kind: str
    where: str
    message: str

    def record(self) -> dict[str, str]:
        """As plain data."""
        return {"level": str(self.level), "kind": self.kind, "where": self.where, "message": self.message}


def error(kind: str, where: str, message: str) -> Finding:
    """Something that never does what was meant."""
    return Finding(Level.ERROR, kind, where, message)


def warning(kind: str, where: str, message: str) -> Finding:
    """Something that may not do what was meant."""
    return Finding(Level.WARNING, kind, where, message)


def note(kind: str, where: str, message: str) -> Finding:
    """Something that is good to know and may well be meant."""
    return Finding(Level.NOTE, kind, where, message)
