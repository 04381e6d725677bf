"""This module says what is missing in the spec of a tool, before anybody meets it in the middle of work."""

import string
from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from ..policies.errors import BadInput
from .schemas import make_wire_name
from .spec import ToolSpec


def find_spec_gaps(spec: ToolSpec, specs: Mapping[str, ToolSpec]) -> Iterator[str]:
    """What is missing or does not fit in a spec, a sentence each that goes on from the tool's name.

    Args:
        specs: all tools by name, for the tools that it names.
    """
    try:
        make_wire_name(spec.name)
    except BadInput:
        yield "has a name that no model can be told: use lower-case words joined by _, with dots between groups"
    for what in ("version", "owner", "system", "summary"):
        if not getattr(spec, what).strip():
            yield f"has no {what}"
    if spec.writes and not spec.critical:
        yield "changes something, but names no critical argument (critical=...): where these come from decides much"
    if spec.writes and spec.reconcile is None:
        yield "changes something, but after a crash nobody could ask whether it happened (reconcile=...)"
    yield from _find_unknown_paths(spec)
    yield from _find_wrong_partner(spec, specs, "undo")
    yield from _find_wrong_partner(spec, specs, "fallback")
    if spec.facts is not None and not spec.touches:
        yield "loads records for rules, but does not say which (touches=...), so no rule can be checked against them"
    if spec.touches and spec.facts is None:
        yield "says which records it touches, but does not load them (facts=...)"


def _find_unknown_paths(spec: ToolSpec) -> Iterator[str]:
    named: list[tuple[tuple[str, ...], str, type[BaseModel]]] = [
        (spec.critical, "critical argument", spec.arguments),
        (_find_template_fields(spec), "summary's field", spec.arguments),
    ]
    named += [(getattr(spec, what), f"{what} field", spec.result) for what in ("visible", "untrusted", "erasable")]
    for paths, what, model in named:
        for path in paths:
            if path.partition(".")[0] not in _list_names(model):
                yield f"names the {what} {path!r}, which {model.__name__} does not have"


def _find_template_fields(spec: ToolSpec) -> tuple[str, ...]:
    return tuple(name for _, name, _, _ in string.Formatter().parse(spec.summary) if name)


def _list_names(model: type[BaseModel]) -> set[str]:
    return {"*", *model.model_fields, *model.model_computed_fields}


def _find_wrong_partner(spec: ToolSpec, specs: Mapping[str, ToolSpec], what: str) -> Iterator[str]:
    """What is wrong with the tool that undoes this one, or is used in its place."""
    partner, maker = getattr(spec, f"{what}_tool"), getattr(spec, what)
    if (partner is None) != (maker is None):
        yield f"needs both {what}_tool and {what}, or neither"
    elif partner is not None and partner not in specs:
        yield f"names {partner!r} as its {what}_tool, but there is no such tool"
