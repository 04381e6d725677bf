"""The rules as the command line loads them: for the tools that there are."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..graphs.settings import Settings
    from ..policies.policyset import PolicySet


def rules_in_force(settings: "Settings") -> "PolicySet":
    """The packs that the assistant would use with these settings.

    Raises:
        PolicyError: something in them cannot be used.
    """
    return packs_at(settings.packs)


def packs_at(paths: Sequence[Path]) -> "PolicySet":
    """The packs in these files and folders; the default ones when none is named.

    Raises:
        PolicyError: naming file, line and what to do.
    """
    from ..policies.loading import load_packs

    return load_packs(paths or None, tools=list(tool_views()))


def tool_views() -> dict[str, dict[str, Any]]:
    """What rules may see of each tool, by name."""
    from ..tools.toolsets import ALL

    return {spec.name: spec.policy_view() for spec in ALL}
