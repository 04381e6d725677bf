"""The calculator gives exact sums, so that no model has to guess them."""

from typing import Annotated, Literal

from pydantic import Field

from ....policies.domain.canonical import make_plain_data
from ....policies.domain.proposal import Effect
from ...spec import Arguments, Result, ToolContext, ToolSpec, split_paths, tool
from .arithmetic import MAX_PLACES, MAX_TEXT, evaluate_expression


class Calculation(Arguments):
    """An expression such as ``(1,200.50 - 100) * 19 %`` or ``$60.3 million + $32,137 thousand``.

    ``unit`` is what the result is counted in, ``places`` how many decimals it is rounded to (half up), and
    ``accounting`` reads ``(71)`` as minus 71.
    """

    expression: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
    unit: Literal["", "percent", "thousand", "million", "billion"] = ""
    places: Annotated[int, Field(ge=0, le=MAX_PLACES)] | None = None
    accounting: bool = False


class CalculationResult(Result):
    """The value as text; ``exact`` is false when it had to be rounded. ``currency`` is set for money."""

    expression: str
    value: str
    exact: bool
    unit: str
    currency: str


@tool(
    "calculator.evaluate",
    effect=Effect.READ,
    owner="platform",
    system="calculator",
    summary="Calculate {expression}",
    visible=split_paths("expression value exact unit currency"),
)
def calculate(args: Calculation, context: ToolContext) -> CalculationResult:  # noqa: ARG001 - every tool takes a context
    """Calculates with exact decimals: + - * / parentheses, remainder (7 % 3), per cent (19 % of 200), money, scales."""
    found = evaluate_expression(args.expression, unit=args.unit, places=args.places, accounting=args.accounting)
    return CalculationResult(
        expression=args.expression,
        value=str(make_plain_data(found.value)),
        exact=found.exact,
        unit=args.unit,
        currency=found.currency,
    )


TOOLS: tuple[ToolSpec, ...] = (calculate,)
