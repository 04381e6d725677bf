"""Checks packs against the tools, the people and the handbooks they speak of."""

from collections.abc import Collection, Mapping

from ..rules.policy_set import PolicySet
from .coverage_gaps import sections, uncovered_tools, unowned_thresholds
from .fields import all_fields
from .findings import Finding, Level
from .reachability import overruled, unknown_signers, unreachable
from .shapes import ToolShape

_ORDER = list(Level)


def check_policy(
    policy: PolicySet,
    tools: Mapping[str, ToolShape],
    *,
    roles: Collection[str] = (),
    handbook: Collection[str] = (),
    whole: bool = True,
) -> list[Finding]:
    """Everything that can be found wrong with packs without deciding anything, errors first.

    Args:
        tools: the shapes of all tools, by name.
        roles: that somebody has; roles are not looked at when it is empty.
        handbook: ids of all handbook sections; sections are not looked at when it is empty.
        whole: whether these are all packs, so that what none of them speaks of is spoken of nowhere.
    """
    found = [
        *all_fields(policy, tools),
        *unreachable(policy, roles),
        *unknown_signers(policy, roles),
        *overruled(policy, tools),
        *unowned_thresholds(policy),
        *uncovered_tools(policy, tools, whole=whole),
        *sections(policy, handbook, whole=whole),
    ]
    return sorted(found, key=lambda item: _ORDER.index(item.level))
