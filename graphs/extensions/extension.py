"""An extension is what a department or a company adds, as one value from a package of its own."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ...agents.routing.intents import IntentFolder
from ...agents.spec import AgentSpec
from ...policies.errors import CountersignError
from ...tools.connectors.business import Business
from ...tools.connectors.connector import Connector, ConnectorSettings
from ...tools.scoring.task import LearningTask
from ...tools.spec import ToolSpec
from ..workflows.engine.handler import Handler
from ..workflows.engine.workflow import Workflow

BusinessOpener = Callable[[ConnectorSettings], Business]
_RESERVED = frozenset({"countersign", "openai", "python", "ld"})
"""Names under which an extension would be told variables of ours, of the model's endpoint, or of the system."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


class ExtensionError(CountersignError):
    """An extension cannot be loaded, or does not fit the others; nothing starts on half of them."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Extension:
    """What one department or company adds. Everything but the first three may be left out.

    ``tools``, ``agents`` and ``workflows`` carry their names; a name that two extensions claim stops the start.

    Attributes:
        name: lower-case letters, digits and ``_``, such as ``"it_desk"``; unique in an installation.
        version: of the extension, for the log; raise it with each release.
        owner: who answers for it, a team or a role.
        tools: what may be proposed. For each, a rule must exist.
        connectors: the business systems that its tools name; tools of other systems reach the business's records.
        agents: specialists, in the order in which people are told of them.
        handlers: by intent, what is done without a model.
        workflows: defined processes.
        packs: files or folders of policy packs.
        intents: what people ask for; None for an extension that nobody asks.
        handbooks: Markdown files, loaded into memory for everybody. A file's name is its id: rules cite section 2.1 of
            ``it-handbook.md``, a heading ``## 2.1 Access``, as ``it-handbook#2.1``.
        learning_tasks: what is scored, for rules that ask for ``scores.NAME``, and learned from people.
        business: whom the assistant works for, or how to open it; at most one extension brings one.
    """

    name: str
    version: str
    owner: str
    tools: tuple[ToolSpec, ...] = ()
    connectors: tuple[Connector, ...] = ()
    agents: tuple[AgentSpec, ...] = ()
    handlers: Mapping[str, Handler] = field(default_factory=dict, hash=False)
    workflows: tuple[Workflow, ...] = ()
    packs: tuple[Path, ...] = ()
    intents: IntentFolder | None = None
    handbooks: tuple[Path, ...] = ()
    learning_tasks: tuple[LearningTask, ...] = ()
    business: Business | BusinessOpener | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ExtensionError(
                f"{self.name!r} cannot name an extension; use lower-case letters, digits and _, such as it_desk."
            )
        if self.name in _RESERVED:
            raise ExtensionError(
                f"No extension may be called {self.name!r}: variables that begin so are not its own; choose another."
            )
        for what in ("version", "owner"):
            if not getattr(self, what).strip():
                raise ExtensionError(f"The extension {self.name} has no {what}; give it one, it goes into the log.")


def make_business_extension(business: Business) -> Extension:
    """An extension that brings only a business, for whoever gives one when opening an assistant.

    Raises:
        ExtensionError: it is no business.
    """
    if not isinstance(business, Business):
        raise ExtensionError(
            f"`business` must be a Business, such as sample_business(path) gives, not {type(business).__name__}."
        )
    return Extension("own_business", "unversioned", "whoever opened the assistant", business=business)
