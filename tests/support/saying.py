"""How tests talk to the assistant: one message, one turn."""

from collections.abc import Callable

from countersign.graphs.session import Turn

Say = Callable[..., Turn]
"""``say(text, user, thread="")``: without a thread, each message is a conversation of its own."""
