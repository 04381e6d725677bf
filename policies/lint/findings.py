"""A finding is what a check of packs found: how bad it is, where it stands, and what to do."""

from dataclasses import dataclass
from enum import StrEnum


class FindingLevel(StrEnum):
    """How bad it is: an error never does what was meant, a warning may not, a note is good to know."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class PackFinding:
    """One thing that somebody should look at.

    Attributes:
        kind: a short word for programs, such as ``unknown-field``.
        where: what it is about: ``rule support.refund.small``, ``case one cent``, ``tool orders.get``.
        message: what is wrong and what to do, in plain words.
    """

    level: FindingLevel
    kind: str
    where: str
    message: str

    def record(self) -> dict[str, str]:
        """As plain data."""
        return {"level": str(self.level), "kind": self.kind, "where": self.where, "message": self.message}


def make_error(kind: str, where: str, message: str) -> PackFinding:
    """Something that never does what was meant."""
    return PackFinding(FindingLevel.ERROR, kind, where, message)


def make_warning(kind: str, where: str, message: str) -> PackFinding:
    """Something that may not do what was meant."""
    return PackFinding(FindingLevel.WARNING, kind, where, message)


def make_note(kind: str, where: str, message: str) -> PackFinding:
    """Something that is good to know and may well be meant."""
    return PackFinding(FindingLevel.NOTE, kind, where, message)
