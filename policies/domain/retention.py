"""A retention class says how long something may be remembered; the rules of the stage ``memory_write`` choose one."""

from collections.abc import Iterable
from enum import StrEnum


class RetentionClass(StrEnum):
    """The classes; where several rules choose, the one listed first wins."""

    NEVER = "never"
    MUST_LOG = "must-log"
    TEMPORARY = "temporary"
    CASE = "case"
    LONG_TERM = "long-term"


_ORDER = tuple(RetentionClass)


def choose_strictest(chosen: Iterable[RetentionClass]) -> RetentionClass | None:
    """The one that wins: what must not be kept is not, what the law wants kept is, and else the shortest holds."""
    return min(chosen, key=_ORDER.index, default=None)
