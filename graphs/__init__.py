"""The assistant: ``from countersign.graphs import Assistant``.

- ``assistant/``
- ``gate/``
- ``handlers/``
- ``language/``
- ``model_loop/``
- ``nodes/``
- ``runtime/``
- ``workflows/``
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .assistant.factory import open_assistant as open_assistant
    from .assistant.session import AsyncAssistant as AsyncAssistant
    from .assistant.session import Progress as Progress
    from .assistant.session import Turn as Turn
    from .assistant.sync import Assistant as Assistant
    from .settings import Settings as Settings

_HOMES = {
    "Assistant": "assistant.sync",
    "AsyncAssistant": "assistant.session",
    "Progress": "assistant.session",
    "Settings": "settings",
    "Turn": "assistant.session",
    "open_assistant": "assistant.factory",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
