"""Where a proposal comes from."""

from dataclasses import dataclass

from ..policies.principal import Principal

COMPENSATION = "compensation"
"""The agent that policy packs allow to take things back, and whose calls no rate limit counts."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a proposal comes from; set by the graph and never by a model.

    ``editor`` is the user id of the reviewer whose edit it is, or empty.
    """

    principal: Principal
    agent: str
    thread: str
    run: str
    plan: frozenset[str] = frozenset()
    tainted: bool = False
    editor: str = ""
