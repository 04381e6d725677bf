"""Specs of tools become function schemas in OpenAI's form for models, and shapes of fields for rules.

OpenAI's function names allow no dots, so ``refunds.issue`` travels as ``refunds__issue``. A tool's name is made of
lower-case words joined by single underscores, and of such groups joined by dots: a double underscore can only stand for
a dot, and the mapping can be undone.
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from ..policies.errors import BadInput
from ..policies.lint.shapes import Shape, ToolShape, build_shape, make_mapping, parse_shape
from .spec import Fields, ToolSpec

LONGEST_NAME = 64
_WORD = "[a-z][a-z0-9]*(?:_[a-z0-9]+)*"
_NAME = re.compile(rf"{_WORD}(?:\.{_WORD})*")


def make_wire_name(name: str) -> str:
    """The function name for a tool's name, e.g. ``"refunds__issue"`` for ``"refunds.issue"``.

    Raises:
        BadInput: the name could not be read back, or is longer than OpenAI allows (64 characters).
    """
    wire = name.replace(".", "__")
    if not _NAME.fullmatch(name) or len(wire) > LONGEST_NAME:
        raise BadInput(
            f"The tool name {name!r} cannot be given to a model. Use lower-case words joined by single underscores, "
            f"with dots between groups, {LONGEST_NAME} characters at most."
        )
    return wire


def parse_wire_name(wire: str) -> str:
    """The tool's name for a function name; one that a model invented comes back as some name that no tool has."""
    return wire.replace("__", ".")


@cache
def make_tool_schema(spec: ToolSpec) -> dict[str, Any]:
    """The function schema of a tool; identity, permits and keys are no arguments and do not appear in it.

    The same object is returned each time, because making one takes a millisecond: do not change it.
    """
    return {
        "type": "function",
        "function": {
            "name": make_wire_name(spec.name),
            "description": spec.description,
            "parameters": _drop_titles(spec.arguments.model_json_schema()),
        },
    }


def tool_shapes(specs: Iterable[ToolSpec]) -> dict[str, ToolShape]:
    """What rules may read of each tool, by name."""
    return {spec.name: tool_shape(spec) for spec in specs}


def tool_shape(spec: ToolSpec) -> ToolShape:
    """What rules may read of a tool: its models, and the records it loads as far as it says which."""
    known = spec.touches or spec.facts is None
    records = (
        make_mapping({name: make_mapping(_shapes(fields)) for name, fields in spec.touches.items()})
        if known
        else Shape()
    )
    return ToolShape(
        build_shape(spec.arguments.model_json_schema()), build_shape(spec.result.model_json_schema()), records
    )


def _shapes(fields: Fields) -> dict[str, Shape]:
    return {name: parse_shape(word) for name, word in fields.items()}


def _drop_titles(schema: dict[str, Any]) -> dict[str, Any]:
    """Without the titles that pydantic makes of field names, which only cost tokens."""
    found = {key: value for key, value in schema.items() if key != "title"}
    if "properties" in found:
        found["properties"] = {name: _drop_titles(value) for name, value in found["properties"].items()}
    return found
