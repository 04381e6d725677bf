"""Content is what an assistant can do, as one value: tools, agents, handlers, workflows, rules and intents.

The mechanism is given it and knows none of it by name. What ships is put together in :mod:`.default_content`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...agents.routing.intents import ASSISTANT, IntentFolder, load_catalogue
from ...agents.spec import AgentSpec
from ...policies.errors import BadInput
from ...tools.spec import ToolSpec
from ..workflows.engine.handler import Handler
from ..workflows.engine.workflow import Workflow


@dataclass(frozen=True, slots=True)
class Content:
    """What an assistant can do.

    Attributes:
        tools: all that may be proposed; names are unique.
        agents: by name, in the order in which people are told of them.
        handlers: by intent, what is done without a model.
        hand_over: what is done without a model for an intent that has no handler.
        workflows: by name.
        packs: files or folders of policy packs, for when the settings name none.
        intents: what people ask for, and who takes it.
    """

    tools: tuple[ToolSpec, ...]
    agents: Mapping[str, AgentSpec]
    handlers: Mapping[str, Handler]
    hand_over: Handler
    workflows: Mapping[str, Workflow]
    packs: tuple[Path, ...]
    intents: IntentFolder

    def handler_for(self, intent: str) -> Handler:
        """What is done for an intent without a model; what nobody wrote a handler for is handed to a person."""
        return self.handlers.get(intent, self.hand_over)


def check_content(content: Content) -> None:
    """Refuses content whose parts name others that are not there: nobody would notice before somebody asks for it.

    Raises:
        BadInput: an intent is owned by no agent, or an intent or agent names a workflow that does not exist.
    """
    catalogue = load_catalogue(content.intents)
    for intent in catalogue.intents.values():
        owner = catalogue.owners[intent.id]
        if owner != ASSISTANT and owner not in content.agents:
            raise BadInput(
                f"The intent {intent.id!r} belongs to {owner!r}, but there is no such agent; there are "
                f"{', '.join(content.agents)}."
            )
        if intent.playbook is not None and intent.playbook not in content.workflows:
            raise BadInput(_find_unknown_workflow(f"The intent {intent.id!r}", intent.playbook, content))
    for agent in content.agents.values():
        for name in agent.workflows:
            if name not in content.workflows:
                raise BadInput(_find_unknown_workflow(f"The agent {agent.name!r}", name, content))


def _find_unknown_workflow(who: str, name: str, content: Content) -> str:
    return f"{who} names the playbook {name!r}, which does not exist; there are {', '.join(content.workflows)}."
