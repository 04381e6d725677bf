"""Content is all that the extensions of an assistant bring, as one value that is checked to fit together."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...agents.routing.intents import ASSISTANT, IntentFolder, load_catalogue
from ...agents.spec import AgentSpec
from ...tools.connectors.connector import Connector
from ...tools.scoring.task import LearningTask
from ...tools.spec import ToolSpec
from ...tools.spec_gaps import find_spec_gaps
from ..workflows.engine.handler import Handler
from ..workflows.engine.workflow import Workflow
from .discovery import LoadedExtension
from .extension import Extension, ExtensionError


@dataclass(frozen=True, slots=True)
class Content:
    """What an assistant can do.

    Attributes:
        extensions: who brings it, in their order, and where each came from.
        tools: all that may be proposed; names are unique.
        connectors: by system, how it is opened.
        agents: by name, in the order in which people are told of them.
        handlers: by intent, what is done without a model.
        hand_over: what is done without a model for an intent that has no handler.
        workflows: by name.
        packs: files or folders of policy packs, for when the settings name none.
        intents: what people ask for, and who takes it; the first folder holds the router that was trained.
        handbooks: files of written rules.
        learning_tasks: by name, what is scored and learned.
    """

    extensions: tuple[LoadedExtension, ...]
    tools: tuple[ToolSpec, ...]
    connectors: Mapping[str, Connector]
    agents: Mapping[str, AgentSpec]
    handlers: Mapping[str, Handler]
    hand_over: Handler
    workflows: Mapping[str, Workflow]
    packs: tuple[Path, ...]
    intents: tuple[IntentFolder, ...]
    handbooks: tuple[Path, ...]
    learning_tasks: Mapping[str, LearningTask]

    @property
    def policy_views(self) -> dict[str, dict[str, Any]]:
        """What rules may see of each tool, by name."""
        return {spec.name: spec.policy_view() for spec in self.tools}

    def handler_for(self, intent: str) -> Handler:
        """What is done for an intent without a model; what nobody wrote a handler for is handed to a person."""
        return self.handlers.get(intent, self.hand_over)


def compose_content(loaded: Sequence[LoadedExtension], hand_over: Handler) -> Content:
    """What several extensions bring together.

    Args:
        loaded: the extensions, in the order in which people are told of their agents.
        hand_over: what is done without a model for an intent that has no handler.

    Raises:
        ExtensionError: two of them claim one name, a tool's spec is incomplete, or a part names another that is not
            there; the sentence says which extension and what to do.
    """
    extensions = [item.extension for item in loaded]
    _index(extensions, "extension", lambda item: [(item.name, item)])
    tools = _index(extensions, "tool", lambda item: ((spec.name, spec) for spec in item.tools))
    connectors = _index(extensions, "system", lambda item: ((each.system, each) for each in item.connectors))
    agents = _index(extensions, "agent", lambda item: ((agent.name, agent) for agent in item.agents))
    handlers = _index(extensions, "handler of the intent", lambda item: item.handlers.items())
    workflows = _index(extensions, "workflow", lambda item: ((each.name, each) for each in item.workflows))
    handbooks = _index(extensions, "handbook", lambda item: ((path.stem, path) for path in item.handbooks))
    tasks = _index(extensions, "score", lambda item: ((task.name, task) for task in item.learning_tasks))
    content = Content(
        extensions=tuple(loaded),
        tools=tuple(tools.values()),
        connectors=connectors,
        agents=agents,
        handlers=handlers,
        hand_over=hand_over,
        workflows=workflows,
        packs=tuple(pack for item in extensions for pack in item.packs),
        intents=tuple(item.intents for item in extensions if item.intents is not None),
        handbooks=tuple(handbooks.values()),
        learning_tasks=dict(sorted(tasks.items())),
    )
    _refuse_second_business(extensions)
    check_content(content)
    return content


def _refuse_second_business(extensions: Sequence[Extension]) -> None:
    bringing = [item.name for item in extensions if item.business is not None]
    if len(bringing) > 1:
        raise ExtensionError(
            f"The extensions {' and '.join(bringing)} each bring a business, and an assistant works for one; leave out "
            "all but one (COUNTERSIGN_EXTENSIONS)."
        )


def check_content(content: Content) -> None:
    """Refuses content whose parts do not fit: nobody would notice before somebody asks for it.

    Raises:
        ExtensionError: what :func:`compose_content` says.
    """
    for problem in _find_problems(content):
        raise ExtensionError(problem)


def _find_problems(content: Content) -> Iterator[str]:
    specs = {spec.name: spec for spec in content.tools}
    for extension in (loaded.extension for loaded in content.extensions):
        who = f"The extension {extension.name}"
        for path in (*extension.packs, *extension.handbooks, *(task.model for task in extension.learning_tasks)):
            if not path.exists():
                yield f"{who} names the file {path}, which does not exist; check that its package holds it."
        for spec in extension.tools:
            for gap in find_spec_gaps(spec, specs):
                yield f"{who} brings the tool {spec.name}, which {gap}."
        for connector in extension.connectors:
            naming = [spec.name for spec in content.tools if spec.system == connector.system]
            foreign = sorted(set(naming) - {spec.name for spec in extension.tools})
            if not naming:
                yield f"{who} opens the system {connector.system!r}, but no tool names it; check its tools' `system`."
            elif foreign:
                yield (
                    f"{who} opens the system {connector.system!r}, which the tool {foreign[0]} of somebody else names; "
                    "it would get other records than it was made for. Choose another name for the system."
                )
        for agent in extension.agents:
            for name in agent.workflows:
                if name not in content.workflows:
                    yield f"{who}: the agent {agent.name!r} {_explain_unknown_workflow(name, content)}"
        for where, names in _list_planned_writes(extension):
            if unknown := sorted(set(names) - specs.keys()):
                yield f"{who}: {where} may use {unknown[0]!r}, but there is no such tool; check its `writes`."
    yield from _find_wrong_intents(content)


def _list_planned_writes(extension: Extension) -> Iterator[tuple[str, Iterable[str]]]:
    yield from ((f"the handler of {intent!r}", handler.writes) for intent, handler in extension.handlers.items())
    yield from ((f"the workflow {workflow.name!r}", workflow.writes) for workflow in extension.workflows)


def _find_wrong_intents(content: Content) -> Iterator[str]:
    """Intents of agents or workflows that are not there.

    The router was trained on all departments that ship; any of them may be left out, and its requests are then handed
    to it (:meth:`~countersign.agents.routing.intents.Catalogue.restrict`).
    """
    catalogue = load_catalogue(*content.intents)
    for intent in catalogue.intents.values():
        owner = catalogue.owners[intent.id]
        here = owner == ASSISTANT or owner in content.agents
        where = f"{catalogue.files[intent.id]}: the intent {intent.id!r}"
        if not here and intent.id in catalogue.taught:
            yield f"{where} belongs to {owner!r}, but there is no such agent; there are {', '.join(content.agents)}."
        if here and intent.playbook is not None and intent.playbook not in content.workflows:
            yield f"{where} {_explain_unknown_workflow(intent.playbook, content)}"
    for extension in (loaded.extension for loaded in content.extensions):
        own = {agent.name for agent in extension.agents}
        for name in extension.handlers:
            if name not in catalogue.intents:
                yield f"The extension {extension.name} handles the intent {name!r}, but no intent file defines it."
            elif catalogue.owners[name] not in own:
                yield (
                    f"The extension {extension.name} handles the intent {name!r}, which belongs to "
                    f"{catalogue.owners[name]!r}; an extension handles what its own agents are asked for."
                )


def _explain_unknown_workflow(name: str, content: Content) -> str:
    return f"names the workflow {name!r}, which does not exist; there are {', '.join(content.workflows) or 'none'}."


def _index(
    extensions: Sequence[Extension], what: str, list_named: Callable[[Extension], Iterable[tuple[str, Any]]]
) -> dict[str, Any]:
    """By name, what the extensions bring of one sort.

    Raises:
        ExtensionError: a name is claimed twice.
    """
    found: dict[str, Any] = {}
    owners: dict[str, str] = {}
    for extension in extensions:
        for name, item in list_named(extension):
            if name in found:
                both = sorted({owners[name], extension.name})
                raise ExtensionError(
                    f"The {what} {name!r} is claimed twice, by the extension{'s' * (len(both) > 1)} "
                    f"{' and '.join(both)}; rename one of them, or leave one extension out (COUNTERSIGN_EXTENSIONS)."
                )
            found[name], owners[name] = item, extension.name
    return found
