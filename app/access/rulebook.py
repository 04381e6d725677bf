"""The command line loads rules here, for the tools that there are."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...graphs.extensions.content import Content
    from ...graphs.settings import Settings
    from ...policies.governance.editions import Editions
    from ...policies.rules.policy_set import PolicySet
    from .caller import Caller
    from .data_folder import DataFolder


def load_settings_rules(settings: "Settings", content: "Content") -> "PolicySet":
    """The packs that the assistant would use with these settings.

    Raises:
        PolicyError: something in them cannot be used.
    """
    return load_packs_at(settings.packs, content)


def load_caller_rules(caller: "Caller") -> "PolicySet":
    """The packs in force in the caller's data folder; where nothing has happened yet, those on disk.

    Raises:
        PolicyError: something in them cannot be used.
        Tampered: they were changed in the database.
    """
    from .data_folder import DATABASE, open_data_folder

    settings = caller.settings()
    if not settings.database_url and not (settings.home.absolute() / DATABASE).is_file():
        return load_settings_rules(settings, caller.load_content())
    with open_data_folder(caller) as data_folder:
        return load_stored_rules(data_folder)


def load_stored_rules(data_folder: "DataFolder", revision: str = "") -> "PolicySet":
    """The packs in force in a data folder, or those of a revision that was; where it has none yet, as on disk.

    Raises:
        Tampered: they were changed in the database.
    """
    from ...policies.errors import Tampered

    editions = open_editions(data_folder)
    if editions.list_editions():
        try:
            return editions.load(revision) if revision else editions.current
        except Tampered:
            if not revision:
                raise  # the packs of an old review may be gone; those at hand then say so themselves
    return load_settings_rules(data_folder.settings, data_folder.content)


def open_editions(data_folder: "DataFolder") -> "Editions":
    """Which packs are in force in a data folder, and were."""
    from ...policies.governance.editions import Editions

    return Editions(data_folder.engine, data_folder.audit, data_folder.reviews, data_folder.records.company().tenant)


def load_packs_at(paths: Sequence[Path], content: "Content") -> "PolicySet":
    """The packs in these files and folders; those of the extensions when none is named.

    Raises:
        PolicyError: naming file, line and what to do.
    """
    from ...policies.rules.loader import load_packs
    from ...policies.rules.rate_limit import check_playbooks

    packs = load_packs(paths or content.packs, tools=[spec.name for spec in content.tools])
    check_playbooks(packs.limits.values(), content.workflows)
    return packs
