"""A connector opens the system of record that tools name in their spec; it knows no tool."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .port import SystemOfRecord


@dataclass(frozen=True, slots=True)
class ConnectorSettings:
    """What a connector, or a business, is told when it is opened.

    It is no way to the assistant's own records: neither its database nor its keys are in it.

    Attributes:
        folder: a folder of its own below the data folder; it need not exist.
        environment: the variables of its extension, by name: those that begin with the extension's name in capitals
            and ``_``, such as ``IT_DESK_URL``.
    """

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Connector:
    """A business system that tools can reach.

    Attributes:
        system: as the specs of tools call it. These tools, and no others, get its records as
            ``context.services.records``.
        open: opens it; called once for each assistant.
    """

    system: str
    open: Callable[[ConnectorSettings], SystemOfRecord] = field(repr=False)
