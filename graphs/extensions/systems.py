"""The systems of extensions are opened here: their business and their connectors, each with what is its own."""

from collections.abc import Callable
from typing import TypeVar

from ...policies.errors import CountersignError
from ...tools.connectors.business import Business
from ...tools.connectors.connector import ConnectorSettings
from ...tools.connectors.port import SystemOfRecord
from ..settings import Settings
from .content import Content
from .extension import Extension, ExtensionError

OpenedT = TypeVar("OpenedT")
EXTENSIONS_FOLDER = "extensions"
"""The folder below the data folder in which each extension may have one of its own."""


def make_connector_settings(settings: Settings, extension: str) -> ConnectorSettings:
    """What a connector of an extension is told: its folder, and the variables that begin with its name."""
    prefix = f"{extension.upper()}_"
    own = {name: value for name, value in settings.environment.items() if name.startswith(prefix)}
    return ConnectorSettings(settings.home.absolute() / EXTENSIONS_FOLDER / extension, own)


def open_extension_business(settings: Settings, content: Content) -> Business | None:
    """The business of the extension that brings one, or None when none does.

    Raises:
        ExtensionError: it cannot be opened, or is no business.
        CountersignError: as the business says itself.
    """
    for loaded in content.extensions:
        extension = loaded.extension
        if isinstance(extension.business, Business):
            return extension.business
        if extension.business is not None:
            found = _open(extension, "its business", extension.business, settings)
            if not isinstance(found, Business):
                raise ExtensionError(
                    f"The extension {extension.name} opens a {type(found).__name__} as its business; it must be a "
                    "Business."
                )
            return found
    return None


def open_extension_systems(settings: Settings, content: Content) -> dict[str, SystemOfRecord]:
    """By name, the business systems that extensions connect.

    Raises:
        ExtensionError: one cannot be opened.
        CountersignError: as the connector says itself.
    """
    found = {}
    for loaded in content.extensions:
        for connector in loaded.extension.connectors:
            found[connector.system] = _open(
                loaded.extension, f"the system {connector.system!r}", connector.open, settings
            )
    return found


def _open(extension: Extension, what: str, how: Callable[[ConnectorSettings], OpenedT], settings: Settings) -> OpenedT:
    try:
        return how(make_connector_settings(settings, extension.name))
    except CountersignError:
        raise  # it says itself what to do
    except Exception as error:
        raise ExtensionError(
            f"The extension {extension.name} cannot open {what} ({type(error).__name__}: {error}). Repair it, or leave "
            "the extension out (COUNTERSIGN_EXTENSIONS)."
        ) from error
