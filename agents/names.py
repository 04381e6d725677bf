"""Tool names on the wire: OpenAI's function names allow no dots, so ``refunds.issue`` travels as ``refunds__issue``.

A tool's name is made of lower-case words joined by single underscores, and of such groups joined by dots. So a double
underscore can only stand for a dot, and the mapping can be undone.
"""

import re

from ..policies.errors import BadInput

LONGEST = 64
_WORD = "[a-z][a-z0-9]*(?:_[a-z0-9]+)*"
_NAME = re.compile(rf"{_WORD}(?:\.{_WORD})*")
_NOT_ALLOWED = re.compile(r"[^A-Za-z0-9_-]+")


def to_wire(name: str) -> str:
    """The function name for a tool's name, e.g. ``"refunds__issue"`` for ``"refunds.issue"``.

    Raises:
        BadInput: the name could not be read back, or is longer than OpenAI allows (64 characters).
    """
    wire = name.replace(".", "__")
    if not _NAME.fullmatch(name) or len(wire) > LONGEST:
        raise BadInput(
            f"The tool name {name!r} cannot be given to a model. Use lower-case words joined by single underscores, "
            f"with dots between groups, {LONGEST} characters at most."
        )
    return wire


def from_wire(wire: str) -> str:
    """The tool's name for a function name; a name that a model invented comes back as some name no tool has."""
    return wire.replace("__", ".")


def echo_to_wire(name: str) -> str:
    """A function name for any name that a model called, known or not, so that the call can be shown to it again."""
    try:
        return to_wire(name)
    except BadInput:
        return _NOT_ALLOWED.sub("_", name)[:LONGEST] or "unnamed"
