"""This is the one place of the mechanism that knows what ships: what every installation has, and the sample company.

Departments are found as extensions (:mod:`..extensions.discovery`); those that ship are no exception.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...tools.connectors.business import Business
    from ..extensions.content import Content
    from ..extensions.extension import Extension
    from ..settings import Settings


def load_content(wanted: "Sequence[str | Extension] | None" = None, *added: "Extension") -> "Content":
    """What an assistant can do: what every installation has, the wanted extensions, and those added to them.

    Args:
        wanted: names of installed extensions, places (``"module:NAME"``) or values; all that are installed when None.
        added: loaded beside them.

    Raises:
        ExtensionError: one cannot be loaded, or they do not fit together.
    """
    from ..departments.shared import SHARED_WORK
    from ..extensions.content import compose_content
    from ..extensions.discovery import load_extensions, load_shipped
    from ..handlers.shared.handover import HAND_OVER

    return compose_content([load_shipped(SHARED_WORK), *load_extensions(wanted), *load_extensions(added)], HAND_OVER)


def open_default_business(settings: "Settings", content: "Content") -> "Business":
    """The business that an extension brings; otherwise the sample company, made on first use.

    The sample company stands in the data folder, or where ``COUNTERSIGN_COMPANY_URL`` says. Where the data folder is a
    pilot's, its people take the place of those of the business.

    Raises:
        BadInput: the file of the pilot's people cannot be used.
        ExtensionError: the extension cannot open its business.
        StorageError: it cannot be read or made.
        Unavailable: its database does not answer.
    """
    from ...tools.sample_company import sample_business
    from ..extensions.pilot import put_pilot_people
    from ..extensions.systems import open_extension_business

    found = open_extension_business(settings, content) or sample_business(settings.company)
    return put_pilot_people(found, settings.home)
