"""This is the one place of the mechanism that knows what ships: what an assistant works with by default.

Each part is loaded when it is asked for, so that a command which needs the tools alone does not load the graphs.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...agents.routing.intents import IntentFolder
    from ...tools.connectors.business import Business
    from ...tools.spec import ToolSpec
    from ..settings import Settings
    from ..workflows.engine.workflow import Workflow
    from .content import Content


def open_default_business(settings: "Settings") -> "Business":
    """The sample company, in the data folder or where ``COUNTERSIGN_COMPANY_URL`` says; made on first use.

    Raises:
        StorageError: it cannot be read or made.
        Unavailable: its database does not answer.
    """
    from ...tools.sample_company import sample_business

    return sample_business(settings.company)


def load_default_content() -> "Content":
    """The shipped departments: legal, finance and support."""
    from ...agents.roster import AGENTS
    from ...policies.rules.loader import DEFAULT_PACKS
    from ..handlers.registry import HANDLERS
    from ..handlers.shared.handover import HAND_OVER
    from .content import Content

    return Content(
        tools=list_default_tools(),
        agents=AGENTS,
        handlers=HANDLERS,
        hand_over=HAND_OVER,
        workflows=list_default_workflows(),
        packs=(DEFAULT_PACKS,),
        intents=locate_default_intents(),
    )


def list_default_tools() -> "tuple[ToolSpec, ...]":
    """The tools of the shipped departments."""
    from ...tools.toolsets import ALL

    return ALL


def list_default_workflows() -> "Mapping[str, Workflow]":
    """The workflows of the shipped departments, by name."""
    from ..workflows.registry import WORKFLOWS

    return WORKFLOWS


def locate_default_intents() -> "IntentFolder":
    """What people ask the shipped departments for."""
    from ...agents.intents import INTENTS

    return INTENTS


def read_default_sections() -> tuple[str, ...]:
    """The sections of the shipped handbooks that packs cite, such as ``support-handbook#3.2``."""
    from ...tools.sample_company.handbook.reader import list_handbook_sections

    return tuple(section.id for section in list_handbook_sections())
