"""The assistant: ``from countersign.graphs import Assistant``.

- the door: ``door`` (``Assistant``), ``session`` (``AsyncAssistant``), ``turn`` (what callers get), ``settings``,
  ``opening``, where all rooms are put together.
- the graph: ``assistant`` has all nodes and edges on one page; ``intake``, ``routing``, ``agent``, ``replying`` and
  ``remembering`` are its steps; ``state`` and ``desk`` are what nodes share.
- inside an agent: ``playbooks/``, ``errands/`` (no model), ``thinking`` (the model's loop, on ``material``).
- from wish to effect: ``gate`` (decide, review, act), ``answering``, ``withdrawing``, ``compensation``.
- going on after a pause or a crash: ``driving``, ``holding``, ``resuming``, ``checkpoints``, ``timekeeping``.

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
