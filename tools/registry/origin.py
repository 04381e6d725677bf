"""Where a proposal comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...policies.domain.principal import Principal

COMPENSATION = "compensation"
"""The agent that policy packs allow to take things back, and whose calls no rate limit counts."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a proposal comes from; set by the graph and never by a model.

    ``editor`` is the user id of the reviewer whose edit it is, or empty; ``scores`` are whole numbers about the work.
    """

    principal: Principal
    agent: str
    thread: str
    run: str
    plan: frozenset[str] = frozenset()
    tainted: bool = False
    editor: str = ""
    scores: Mapping[str, int] = field(default_factory=dict)
