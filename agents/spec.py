"""An agent is a value: what it is for, what it may propose, what it is told and what it recalls."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache

from ..tools.spec import ToolSpec
from .prompts import COMMON_RULES


@dataclass(frozen=True, slots=True)
class AgentSpec:
    """One specialist.

    Attributes:
        name: as policies and records call it, e.g. ``"support"``.
        title: shown to people.
        purpose: one line for the router and for people.
        tools: names or patterns (``"orders.*"``) of tools it may propose. Narrower than policy, never wider: policy
            decides about each call as well.
        workflows: names of the workflows it may start.
        instructions: its own part of the instructions.
        recall: kinds of memory that are recalled for it.
        narrows: by tool, the fields of its result that are enough for this agent, where it needs fewer than the tool
            shows to agents.
        examples: what people may ask it, word for word, for whoever asks what there is.
    """

    name: str
    title: str
    purpose: str
    tools: tuple[str, ...]
    workflows: tuple[str, ...]
    instructions: str
    recall: tuple[str, ...]
    narrows: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    examples: tuple[str, ...] = ()

    def may_propose(self, tool: str) -> bool:
        """Whether the tool is one of its own; letter case matters."""
        return _matches(tool, self.tools)

    def visible_fields(self, tool: ToolSpec) -> tuple[str, ...]:
        """The dotted result paths of a tool that its model is sent; none of a tool that it may not propose."""
        if not self.may_propose(tool.name):
            return ()
        wanted = self.narrows.get(tool.name, tool.visible)
        return tuple(path for path in wanted if _within(path, tool.visible))

    @property
    def prompt(self) -> str:
        """Its whole instructions: the rules of the house, then its own part."""
        return f"{COMMON_RULES}\n\n{self.instructions}"


def _within(path: str, visible: tuple[str, ...]) -> bool:
    return any(path == shown or path.startswith(f"{shown}.") for shown in visible)


@lru_cache(maxsize=4096)
def _matches(tool: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(tool, pattern) for pattern in patterns)
