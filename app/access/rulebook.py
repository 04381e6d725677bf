"""The rules as the command line loads them: for the tools that there are."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...graphs.settings import Settings
    from ...policies.governance.editions import Editions
    from ...policies.rules.policy_set import PolicySet
    from .caller import Caller
    from .open import Office


def rules_in_force(settings: "Settings") -> "PolicySet":
    """The packs that the assistant would use with these settings.

    Raises:
        PolicyError: something in them cannot be used.
    """
    return packs_at(settings.packs)


def rules_of(caller: "Caller") -> "PolicySet":
    """The packs in force in the caller's data folder; where nothing has happened yet, those on disk.

    Raises:
        PolicyError: something in them cannot be used.
        Tampered: they were changed in the database.
    """
    from .open import DATABASE, open_office

    settings = caller.settings()
    if not settings.database_url and not (settings.home.absolute() / DATABASE).is_file():
        return rules_in_force(settings)
    with open_office(caller) as office:
        return rules_kept(office)


def rules_kept(office: "Office", revision: str = "") -> "PolicySet":
    """The packs in force in a data folder, or those of a revision that was; where it has none yet, as on disk.

    Raises:
        Tampered: they were changed in the database.
    """
    from ...policies.errors import Tampered

    editions = editions_of(office)
    if editions.list_editions():
        try:
            return editions.load(revision) if revision else editions.current
        except Tampered:
            if not revision:
                raise  # the packs of an old review may be gone; those at hand then say so themselves
    return rules_in_force(office.settings)


def editions_of(office: "Office") -> "Editions":
    """Which packs are in force in a data folder, and were."""
    from ...policies.governance.editions import Editions

    return Editions(office.engine, office.audit, office.reviews, office.records.company().tenant)


def packs_at(paths: Sequence[Path]) -> "PolicySet":
    """The packs in these files and folders; the default ones when none is named.

    Raises:
        PolicyError: naming file, line and what to do.
    """
    from ...policies.rules.loader import load_packs
    from ...policies.rules.rate_limit import check_playbooks

    packs = load_packs(paths or None, tools=list(tool_views()))
    if any(limit.playbooks for limit in packs.limits.values()):
        from ...graphs.workflows.registry import PLAYBOOKS  # loads the graphs, which most packs need not

        check_playbooks(packs.limits.values(), PLAYBOOKS)
    return packs


def tool_views() -> dict[str, dict[str, Any]]:
    """What rules may see of each tool, by name."""
    from ...tools.toolsets import ALL

    return {spec.name: spec.policy_view() for spec in ALL}
