"""The arguments of a call against the tool's own model."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from .spec import ToolSpec


def validated(spec: ToolSpec, args: Mapping[str, Any]) -> BaseModel:
    """The arguments as the tool's model.

    Raises:
        ValidationError: they do not fit.
    """
    return spec.arguments.model_validate(args)


def defaults(args: BaseModel) -> list[str]:
    """The arguments that are as the tool itself would have them; whoever repeats a default decides nothing by it."""
    fields = type(args).model_fields.items()
    return [
        name
        for name, field in fields
        if not field.is_required() and getattr(args, name) == field.get_default(call_default_factory=True)
    ]


def explain(error: ValidationError) -> str:
    """What does not fit, field by field, for whoever proposed it."""
    parts = [
        f"{'.'.join(str(part) for part in item['loc']) or 'arguments'}: {item['msg']}" for item in error.errors()[:3]
    ]
    return "The arguments do not fit the tool. " + "; ".join(parts)
