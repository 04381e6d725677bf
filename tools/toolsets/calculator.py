"""The calculator: exact sums, so that no model has to guess them."""

from typing import Annotated

from pydantic import Field

from ...policies.canonical import plain
from ...policies.proposal import Effect
from ..spec import Arguments, Result, ToolContext, ToolSpec, tool
from .arithmetic import MOST_TEXT, evaluate


class Sum(Arguments):
    """An expression such as ``(1,200.50 - 100) * 19 %``."""

    expression: Annotated[str, Field(min_length=1, max_length=MOST_TEXT)]


class SumResult(Result):
    """The value as text; ``exact`` is false when it had to be rounded to 50 digits."""

    expression: str
    value: str
    exact: bool


@tool(
    "calculator.evaluate", effect=Effect.READ, owner="platform", system="calculator", summary="Calculate {expression}"
)
def calculate(args: Sum, context: ToolContext) -> SumResult:  # noqa: ARG001 - every tool takes a context
    """Calculates with exact decimals: + - * / parentheses, remainder (7 % 3) and per cent (19 % of 200)."""
    found = evaluate(args.expression)
    return SumResult(expression=args.expression, value=str(plain(found.value)), exact=found.exact)


TOOLS: tuple[ToolSpec, ...] = (calculate,)
