"""This module checks packs against the tools, the people and the handbooks that they speak of."""

from collections.abc import Collection, Mapping

from ..rules.policy_set import PolicySet
from .coverage_gaps import check_sections, find_uncovered_tools, find_unowned_thresholds
from .fields import check_all_fields
from .findings import FindingLevel, PackFinding
from .reachability import find_overruled, find_unknown_signers, find_unreachable
from .shapes import ToolShape

_ORDER = list(FindingLevel)


def check_policy(
    policy: PolicySet,
    tools: Mapping[str, ToolShape],
    *,
    roles: Collection[str] = (),
    handbook: Collection[str] = (),
    whole: bool = True,
) -> list[PackFinding]:
    """Everything that can be found wrong with packs without deciding anything, errors first.

    Args:
        tools: the shapes of all tools, by name.
        roles: that somebody has; roles are not looked at when it is empty.
        handbook: ids of all handbook sections; sections are not looked at when it is empty.
        whole: whether these are all packs, so that what none of them speaks of is spoken of nowhere.
    """
    found = [
        *check_all_fields(policy, tools),
        *find_unreachable(policy, roles),
        *find_unknown_signers(policy, roles),
        *find_overruled(policy, tools),
        *find_unowned_thresholds(policy),
        *find_uncovered_tools(policy, tools, whole=whole),
        *check_sections(policy, handbook, whole=whole),
    ]
    return sorted(found, key=lambda item: _ORDER.index(item.level))
