"""An agent is a value: what it is for, what it may propose, what it is told and what it recalls."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache

from .prompts import COMMON_RULES
from .visible_fields import NO_FIELDS, VisibleFields


@dataclass(frozen=True, slots=True)
class AgentSpec:
    """One specialist.

    Attributes:
        name: as policies and records call it, e.g. ``"support"``.
        title: shown to people.
        purpose: one line for the router and for people.
        tools: names or patterns (``"orders.*"``) of tools it may propose. Narrower than policy, never wider: policy
            decides about each call as well.
        workflows: names of the playbooks it may start.
        instructions: its own part of the instructions.
        recall: kinds of memory that are recalled for it.
        visible_fields: the fields of each tool's result that its work needs; what is not named is not shown to a model.
    """

    name: str
    title: str
    purpose: str
    tools: tuple[str, ...]
    workflows: tuple[str, ...]
    instructions: str
    recall: tuple[str, ...]
    visible_fields: VisibleFields = field(default_factory=lambda: NO_FIELDS, hash=False)

    def may_propose(self, tool: str) -> bool:
        """Whether the tool is one of its own; letter case matters."""
        return _matches(tool, self.tools)

    def filter_tools(self, tools: Iterable[str]) -> tuple[str, ...]:
        """Those of the tools that it may propose, in their order."""
        return tuple(tool for tool in tools if self.may_propose(tool))

    @property
    def prompt(self) -> str:
        """Its whole instructions: the rules of the house, then its own part."""
        return f"{COMMON_RULES}\n\n{self.instructions}"


@lru_cache(maxsize=4096)
def _matches(tool: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(tool, pattern) for pattern in patterns)
