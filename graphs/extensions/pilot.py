"""A pilot is a house with few people, one at first: they and its rules stand in files of the data folder.

``countersign init --pilot`` writes them. ``pilot/people.yaml`` takes the place of the business's directory, and
``pilot/pack.yaml`` is loaded like the packs of an extension: checked, written down in the log, and changed later only
as the packs in force demand.
"""

import hashlib
from dataclasses import replace
from pathlib import Path

from ...tools.connectors.business import Business
from ...tools.connectors.people_file import load_people
from .extension import Extension, ExtensionError

PILOT_FOLDER = "pilot"
"""The folder of a data folder that holds the files of its pilot."""
PEOPLE_FILE = "people.yaml"
PACK_FILE = "pack.yaml"


def list_pilot_extensions(home: Path) -> tuple[Extension, ...]:
    """The rules of the pilot in a data folder as an extension; nothing where there is no pilot.

    Its version names the people, so that the log shows when others came.

    Raises:
        ExtensionError: one of its files is missing.
    """
    folder = home / PILOT_FOLDER
    if not folder.exists():
        return ()
    for name in (PEOPLE_FILE, PACK_FILE):
        if not (folder / name).is_file():
            raise ExtensionError(
                f"The pilot in {folder} lacks {name}; write it anew, or remove the folder to work without a pilot."
            )
    people = hashlib.sha256((folder / PEOPLE_FILE).read_bytes()).hexdigest()
    return (Extension("pilot", f"people-{people}", "whoever set up the pilot", packs=(folder / PACK_FILE,)),)


def put_pilot_people(business: Business, home: Path) -> Business:
    """The business with the people of the pilot in a data folder, where there is one.

    Raises:
        BadInput: the file of its people cannot be used.
    """
    path = home / PILOT_FOLDER / PEOPLE_FILE
    if not path.exists():
        return business
    return replace(business, directory=load_people(path, business.records.company().tenant))
