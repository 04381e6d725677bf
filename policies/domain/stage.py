"""A stage is a place on the way of a request at which rules are asked."""

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


class Stage(StrEnum):
    """Where a rule is asked."""

    INPUT = "input"
    ROUTE = "route"
    TOOL = "tool"
    RESULT = "result"
    HANDOFF = "handoff"
    MEMORY_WRITE = "memory_write"
    MEMORY_READ = "memory_read"
    OUTPUT = "output"
    TRIGGER = "trigger"

    @property
    def of_tools(self) -> bool:
        """Whether rules of this stage speak of tools; those of the others speak of subjects."""
        return self in (Stage.TOOL, Stage.RESULT)
