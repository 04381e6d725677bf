"""A suite's functions as tools of the registry."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from types import UnionType
from typing import Any, Union, get_args, get_origin

from agentdojo.functions_runtime import Function, FunctionsRuntime
from countersign.policies.domain.proposal import Effect
from countersign.tools.spec import Arguments, Result, ToolContext, ToolSpec, tool
from pydantic import BaseModel, create_model

from .declared import Declaration, effect_of


class Given(Result):
    """What a function gave, as plain data; amounts as decimals in text."""

    result: Any = None


def plain(value: Any) -> Any:
    """Data as the registry records it: no binary floats, no objects."""
    if isinstance(value, BaseModel):
        return {name: plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(item) for item in value]
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, float):
        return format(Decimal(str(value)).normalize(), "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int | bool) else str(value)


def native(value: Any) -> Any:
    """The arguments as the function takes them."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Mapping):
        return {key: native(item) for key, item in value.items()}
    return [native(item) for item in value] if isinstance(value, list | tuple) else value


def spec_of(function: Function, declaration: Declaration, world: Callable[[str], Any]) -> ToolSpec:
    """The tool of a function.

    Args:
        world: the environment of a thread.
    """
    names = list(function.parameters.model_fields)
    effect = effect_of(function.name, names)
    fields: dict[str, Any] = {
        name: (_exact(field.annotation), ... if field.is_required() else field.get_default(call_default_factory=True))
        for name, field in function.parameters.model_fields.items()
    }
    arguments = create_model(f"Args_{function.name}", __base__=Arguments, **fields)
    runtime = FunctionsRuntime([function])

    def run(args: Any, context: ToolContext) -> Given:
        given = {name: native(getattr(args, name)) for name in names}
        result, _ = runtime.run_function(world(context.thread), function.name, given, raise_on_error=True)
        return Given(result=plain(result))

    run.__doc__ = function.description
    run.__annotations__ = {"args": arguments, "context": ToolContext, "return": Given}
    return tool(
        function.name,
        effect=effect,
        owner="account_holder",
        system="world",
        summary=f"{function.name} " + " ".join(f"{name}={{{name}}}" for name in names),
        critical=() if effect is Effect.READ else declaration.critical_of(function.name, names),
        untrusted=declaration.untrusted_of(function.name),
        retries=0,
    )(run)


def _exact(annotation: Any) -> Any:
    """The annotation with decimals for binary floats."""
    if annotation is float:
        return Decimal
    if get_origin(annotation) in (Union, UnionType):
        return Union[tuple(_exact(part) for part in get_args(annotation))]  # noqa: UP007 - made at run time
    return annotation
