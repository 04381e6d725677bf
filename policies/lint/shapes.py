"""Shapes say which fields data has and of which kind, so that dotted paths in rules can be checked.

They are read from the JSON schemas of a tool's models. For the stages around the tool's, the shape of ``args`` is what
:mod:`..engine.stages` puts there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..domain.proposal import Provenance
from ..domain.retention import RetentionClass
from ..domain.stage import Stage

_KINDS = {
    "string": "text",
    "integer": "number",
    "boolean": "yes/no",
    "array": "list",
    "object": "mapping",
    "null": "null",
}
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Shape:
    """What a value may be.

    Attributes:
        kinds: of ``text``, ``number``, ``yes/no``, ``list``, ``mapping`` and ``null``; empty when it may be anything.
        fields: of a mapping, when they are known; ``None`` when it may have any.
        items: of a list.
        values: the only texts it may be, when there are only these.
    """

    kinds: frozenset[str] = frozenset()
    fields: "Mapping[str, Shape] | None" = None
    items: "Shape | None" = None
    values: frozenset[str] = frozenset()


ANYTHING = Shape()


@dataclass(frozen=True, slots=True)
class ToolShape:
    """What rules may read of a tool's calls.

    Attributes:
        records: by name what the tool loads for policy to judge; ``ANYTHING`` when it is not known.
        owner: the team that answers for the tool, also the name of the pack that guards it.
    """

    arguments: Shape
    result: Shape
    records: Shape = field(default=ANYTHING)
    owner: str = ""


def build_shape(schema: Mapping[str, Any]) -> Shape:
    """The shape that a JSON schema describes; what the schema leaves open may be anything."""
    return _shape(schema, schema.get("$defs", {}), 0)


def make_mapping(fields: Mapping[str, Shape]) -> Shape:
    """The shape of a mapping with these fields."""
    return Shape(frozenset({"mapping"}), dict(fields))


def parse_shape(word: str) -> Shape:
    """The shape that a short word names: ``text``, ``number``, ``yes/no`` or ``texts``, with ``?`` when it may be null.

    Raises:
        ValueError: the word names none.
    """
    kind, nullable = word.removesuffix("?"), word.endswith("?")
    more = {"null"} if nullable else set()
    if kind == "texts":
        return Shape(frozenset({"list", *more}), items=Shape(frozenset({"text"})))
    if kind not in ("text", "number", "yes/no"):
        raise ValueError(f"{word!r} names no shape")
    return Shape(frozenset({kind, *more}))


def find_shape(shape: Shape, path: str, *, through_lists: bool = False) -> Shape | str:
    """The shape at a dotted path, or the first step that does not exist there.

    Args:
        through_lists: a step after a list goes on inside its items.
    """
    for step in path.split(".") if path else []:
        while through_lists and shape.items is not None and shape.fields is None:
            shape = shape.items
        if shape.fields is None:
            if shape.kinds and "mapping" not in shape.kinds:
                return step
            return ANYTHING
        below = shape.fields.get(step)
        if below is None:
            return step
        shape = below
    return shape


def find_known_fields(shape: Shape, path: str, step: str, *, through_lists: bool = False) -> list[str]:
    """The fields that exist where a path goes wrong, for suggestions."""
    before = path.split(".")
    parent = find_shape(shape, ".".join(before[: before.index(step)]), through_lists=through_lists)
    if isinstance(parent, str):
        return []
    while through_lists and parent.items is not None and parent.fields is None:
        parent = parent.items
    return sorted(parent.fields or ())


def _shape(schema: Mapping[str, Any], named: Mapping[str, Any], depth: int) -> Shape:
    if depth > _DEEPEST:
        return ANYTHING
    if "$ref" in schema:
        return _shape(named.get(str(schema["$ref"]).rpartition("/")[2], {}), named, depth + 1)
    if "anyOf" in schema:
        return _join_shapes([_shape(item, named, depth + 1) for item in schema["anyOf"]])
    given = schema.get("const", None)
    values = [given] if isinstance(given, str) else schema.get("enum", ())
    texts = frozenset(value for value in values if isinstance(value, str))
    kind = _KINDS.get(str(schema.get("type", "")), "")
    kinds = frozenset({kind}) if kind else frozenset({"text"}) if texts else frozenset()
    if kind == "list":
        return Shape(kinds, items=_shape(schema.get("items", {}), named, depth + 1))
    if kind == "mapping" and "properties" in schema:
        return make_mapping({name: _shape(item, named, depth + 1) for name, item in schema["properties"].items()})
    return Shape(kinds, values=texts)


def _join_shapes(shapes: list[Shape]) -> Shape:
    if any(not shape.kinds for shape in shapes):
        return ANYTHING
    mappings = [shape.fields for shape in shapes if shape.fields is not None]
    fields = {name: shape for found in mappings for name, shape in found.items()} if mappings else None
    texts = [shape.values for shape in shapes if "text" in shape.kinds]
    return Shape(
        kinds=frozenset().union(*(shape.kinds for shape in shapes)),
        fields=fields,
        items=next((shape.items for shape in shapes if shape.items is not None), None),
        values=frozenset().union(*texts) if texts and all(texts) else frozenset(),
    )


_NUMBER, _TEXT, _TEXTS = parse_shape("number"), parse_shape("text"), parse_shape("texts")
_KEPT = {
    "retention": Shape(_TEXT.kinds, values=frozenset(map(str, RetentionClass))),
    "provenance": Shape(_TEXT.kinds, values=frozenset(map(str, Provenance))),
    "visibility": _TEXT,
    "source": _TEXT,
}
STAGE_ARGS: Mapping[Stage, Shape] = {
    Stage.TRIGGER: make_mapping({}),
    Stage.INPUT: make_mapping({"length": _NUMBER, "documents": _NUMBER}),
    Stage.ROUTE: make_mapping({"agent": _TEXT, "work": _TEXT, "how": _TEXT}),
    Stage.HANDOFF: make_mapping({"last": _TEXT}),
    Stage.MEMORY_WRITE: make_mapping({**_KEPT, "length": _NUMBER, "special": _TEXTS}),
    Stage.MEMORY_READ: make_mapping({**_KEPT, "author": _TEXT}),
    Stage.OUTPUT: make_mapping(
        {"length": _NUMBER, "citations": _NUMBER, "findings": _NUMBER, "status": _TEXT, "agents": _TEXTS}
    ),
}
"""By stage; those of tools have the shapes of each tool."""
NO_RECORDS = make_mapping({})
"""No records are put to these stages."""
