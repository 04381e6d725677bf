"""The assistant: ``from countersign.graphs import Assistant``.

Names are looked up on first use, because importing LangGraph takes over a second.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .door import Assistant as Assistant
    from .opening import open_assistant as open_assistant
    from .session import AsyncAssistant as AsyncAssistant
    from .session import Progress as Progress
    from .session import Turn as Turn
    from .settings import Settings as Settings

_HOMES = {
    "Assistant": "door",
    "AsyncAssistant": "session",
    "Progress": "session",
    "Settings": "settings",
    "Turn": "session",
    "open_assistant": "opening",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
