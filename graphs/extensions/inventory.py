"""The inventory says what was loaded: who answers for each extension, and what it brings."""

from collections.abc import Iterator
from typing import Any

from .content import Content
from .discovery import LoadedExtension


def list_extensions(content: Content) -> Iterator[dict[str, Any]]:
    """Each extension as plain data: name, version, owner, origin, digest, and the names of what it brings."""
    for loaded in content.extensions:
        yield loaded.record() | {"brings": _list_parts(loaded)}


def _list_parts(loaded: LoadedExtension) -> dict[str, list[str]]:
    extension = loaded.extension
    parts = {
        "tools": [spec.name for spec in extension.tools],
        "systems": [connector.system for connector in extension.connectors],
        "agents": [agent.name for agent in extension.agents],
        "handlers": list(extension.handlers),
        "workflows": [workflow.name for workflow in extension.workflows],
        "packs": [path.name for path in extension.packs],
        "intents": list(extension.intents.files) if extension.intents else [],
        "handbooks": [path.stem for path in extension.handbooks],
        "scores": [task.name for task in extension.learning_tasks],
        "business": ["yes"] if extension.business is not None else [],
    }
    return {what: names for what, names in parts.items() if names}
