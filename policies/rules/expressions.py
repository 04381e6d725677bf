"""Conditions in CEL are compiled once, are bounded, know no binary floats, and are false only when they say so.

The language is documented at https://cel.dev. Anything but a plain ``true`` or ``false`` is an error, and the engine
turns an error into a denial.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import cel
from rapidfuzz import process

from ..errors import PolicyError

VARIABLES = (
    "agent",
    "args",
    "history",
    "now",
    "planned",
    "principal",
    "provenance",
    "records",
    "scores",
    "tainted",
    "thread",
    "today",
    "tool",
)
_TIME = ("FullYear", "Month", "Date", "DayOfMonth", "DayOfWeek", "DayOfYear", "Hours", "Minutes", "Seconds")
_BUILT_IN = {
    *("size", "contains", "startsWith", "endsWith", "matches", "timestamp", "duration", "int", "string", "has"),
    *(f"get{part}" for part in _TIME),
}
MAX_DEPTH = 40

_QUOTED = re.compile(r"[rR]?(?:'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\")|//[^\n]*")
_FLOAT = re.compile(r"(?<![\w.)\]])(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+)")
_BOUND = re.compile(r"\.\s*(?:all|exists|exists_one|map|filter)\s*\(\s*([A-Za-z_]\w*)\s*,")
_PATH = re.compile(r"(?<![\w.])[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+(?!\w*\s*\()|(?<![\w.])[A-Za-z_]\w*(?![\w.]|\s*\()")
_POSITION = re.compile(r"<input>:(\d+):(\d+): (?:Syntax error: )?(.*)")


class ExpressionError(PolicyError):
    """An expression that cannot be used; line and column count from 1 inside the expression."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class EvaluationError(PolicyError):
    """A condition that gave neither true nor false; the message is half a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled condition.

    Attributes:
        source: as written.
        variables: the names of the evidence it reads.
        functions: names of the functions of :data:`FUNCTIONS` it calls.
        paths: the fields it reads, e.g. ``"args.amount_minor"``, in the order they stand.
    """

    source: str
    variables: frozenset[str]
    functions: frozenset[str]
    paths: tuple[str, ...]
    program: Any = field(repr=False, compare=False)

    def holds(self, context: Any) -> bool:
        """Whether the condition is true in a context of :func:`make_context`.

        Raises:
            EvaluationError: a field is missing, types do not fit, or the result is no boolean.
        """
        try:
            result = self.program.execute(context)
        except BaseException as error:
            # The package raises many types, and a panic in it is no Exception; whatever it is, the rule did not hold.
            if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
                raise
            raise EvaluationError(self._explain(error)) from error
        if result is True or result is False:
            return bool(result)
        raise EvaluationError(f"its condition gave {type(result).__name__} instead of true or false")

    def _explain(self, error: BaseException) -> str:
        match error:
            case KeyError():
                name = str(error.args[0]) if error.args else "?"
                return f"the field {self._full_path(name)} is missing"
            case TypeError():
                return f"its condition compares values of different kinds ({', '.join(self.paths) or self.source})"
            case ZeroDivisionError() | OverflowError() | IndexError():
                return f"its condition cannot be calculated ({error})"
            case _:
                return (
                    f"its condition failed ({str(error).splitlines()[0][:200] if str(error) else type(error).__name__})"
                )

    def _full_path(self, name: str) -> str:
        for path in self.paths:
            parts = path.split(".")
            if name in parts[1:]:
                return ".".join(parts[: parts.index(name, 1) + 1])
        return name


def days_between(first: Any, last: Any) -> int:
    """Whole days from one date to another; each a timestamp or ISO text such as ``"2026-01-31"``.

    Raises:
        ValueError: a text is no date.
    """
    return (_day(last) - _day(first)).days


def _day(value: Any) -> date:
    if isinstance(value, datetime):
        return value.astimezone(UTC).date()
    if isinstance(value, str):
        return datetime.fromisoformat(value).date()
    raise ValueError(f"{value!r} is no date")


FUNCTIONS: Mapping[str, Callable[..., Any]] = {"days_between": days_between}


def compile_expression(source: str) -> Expression:
    """Compiles a condition and checks that every name in it exists.

    Raises:
        ExpressionError: with the place in the expression and what to do.
    """
    bare = blank_texts(source)
    _check_size(bare)
    if found := _FLOAT.search(bare):
        raise ExpressionError(
            f"{found[0]} is a binary float, which cannot hold money exactly; "
            "compare whole minor units, such as 10000 for 100.00",
            *_place(source, found.start()),
        )
    try:
        program = cel.compile(source)
    except ValueError as error:
        raise _syntax_error(error) from error
    bound = set(_BOUND.findall(bare))
    variables = set(program.variables()) - bound
    functions = {name for name in program.functions() if name.isidentifier()}
    _check_names(bare, variables, VARIABLES, "name")
    _check_names(bare, functions, sorted(_BUILT_IN | FUNCTIONS.keys()), "function")
    paths = dict.fromkeys(path for path in _PATH.findall(bare) if path.split(".")[0] in variables)
    return Expression(source, frozenset(variables), frozenset(functions & FUNCTIONS.keys()), tuple(paths), program)


def blank_texts(source: str, fill: str = " ") -> str:
    """The condition with texts and comments blanked, not removed, so that places stay what they are."""
    return _QUOTED.sub(lambda found: fill * len(found[0]), source)


def change_texts(source: str, change: Callable[[str], str]) -> str:
    """The condition with each text, quotes included, and each comment as ``change`` makes it."""
    return _QUOTED.sub(lambda found: change(found[0]), source)


def make_context(variables: Mapping[str, Any], functions: frozenset[str]) -> Any:
    """Evidence in the form that :meth:`Expression.holds` reads; made once for all rules of a decision.

    Raises:
        ValueError: a value has a type that CEL does not know.
    """
    return cel.Context(variables=dict(variables), functions={name: FUNCTIONS[name] for name in functions})


def _place(source: str, offset: int) -> tuple[int, int]:
    before = source[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def _check_size(bare: str) -> None:
    depth = 0
    for offset, char in enumerate(bare):
        depth += (char in "([{") - (char in ")]}")
        if depth > MAX_DEPTH:
            raise ExpressionError(
                f"the expression is nested more than {MAX_DEPTH} deep; split the rule", *_place(bare, offset)
            )


def _check_names(bare: str, used: set[str], known: tuple[str, ...] | list[str], what: str) -> None:
    for name in sorted(used - set(known)):
        found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", bare)
        close = process.extractOne(name, known, score_cutoff=70)
        hint = f"did you mean {close[0]!r}?" if close else f"known are: {', '.join(known)}"
        raise ExpressionError(f"there is no {what} {name!r}; {hint}", *_place(bare, found.start() if found else 0))


def _syntax_error(error: ValueError) -> ExpressionError:
    found = _POSITION.findall(str(error))
    if not found:
        return ExpressionError(str(error).splitlines()[0])
    line, column, what = found[-1] if "Incomplete" in found[0][2] else found[0]
    hint = " (compare with ==)" if "'= '" in what or "'='" in what else ""
    return ExpressionError(what.split(" expecting ")[0].rstrip(".") + hint, int(line), int(column))
