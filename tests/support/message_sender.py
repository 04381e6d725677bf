"""How tests talk to the assistant: one message, one turn."""

from typing import Any, Protocol

from countersign.graphs.assistant.session import Turn


class Say(Protocol):
    """Sends a message; without a thread, in a conversation of its own. More is handed on to ``Assistant.send``."""

    def __call__(self, text: str, user: str, thread: str = "", **more: Any) -> Turn: ...
