"""An answer is what a model said, as a value: text and proposed calls, checked but not yet judged.

An answer can be shown to the model again, with the names that it called. The reversible mapping between a tool's name
and its function name stands with the tool schemas; a name that a model invented may have no function name, and is still
to be shown to it.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ...policies.domain.canonical import make_plain_data
from ...policies.errors import BadInput
from ...tools.arguments import MAX_CHARACTERS
from ...tools.schemas import parse_wire_name

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage

from ...tools.schemas import LONGEST_NAME, make_wire_name

_NOT_ALLOWED = re.compile(r"[^A-Za-z0-9_-]+")


def echo_to_wire(name: str) -> str:
    """A function name for any name that a model called, known or not, so that the call can be shown to it again."""
    try:
        return make_wire_name(name)
    except BadInput:
        return _NOT_ALLOWED.sub("_", name)[:LONGEST_NAME] or "unnamed"


MAX_TEXT = 100_000
MAX_ARGUMENTS = MAX_CHARACTERS
MAX_CALLS = 16
MOST_DIGITS = 18
"""Of a whole number: what checkpoints and databases can hold."""
_ID = re.compile(r"[A-Za-z0-9_.:|-]{1,128}")


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One call that a model proposes. It may name a tool that does not exist: the registry denies that.

    Attributes:
        id: unique within the answer; repaired when the model sent none, or one twice.
        name: the tool's name with dots.
        args: the arguments, numbers with a fraction as ``Decimal``; ``None`` when they cannot be used.
        raw_args: the arguments as the model wrote them.
        error: why ``args`` is ``None``, in words for the model to correct itself.
    """

    id: str
    name: str
    args: dict[str, Any] | None
    raw_args: str
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one answer; ``estimated`` when the endpoint did not count them."""

    input_tokens: int
    output_tokens: int
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try that failed: which model, what happened, and after how many seconds."""

    model: str
    outcome: str
    seconds: float


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """One complete answer.

    Attributes:
        text: at most ``MAX_TEXT`` characters.
        calls: at most ``MAX_CALLS``.
        model: the one that answered, as configured.
        usage: tokens in and out.
        finish_reason: as the endpoint said; ``length`` also when the answer was cut here.
        cut: what was left off and why; empty when nothing was.
        attempts: the tries that failed before this answer.
    """

    text: str
    calls: tuple[ModelCall, ...]
    model: str
    usage: Usage
    finish_reason: str
    cut: str = ""
    attempts: tuple[Attempt, ...] = ()

    def message(self) -> "AIMessage":
        """The answer as a message for the next request; calls with unusable arguments are shown as they came."""
        return make_answer_message(self.text, self.calls)


def make_answer_message(text: str, calls: Sequence[ModelCall]) -> "AIMessage":
    """An assistant message with these calls, in a form that any endpoint accepts."""
    from langchain_core.messages import AIMessage

    return AIMessage(
        content=text,
        tool_calls=[
            {"name": echo_to_wire(call.name), "args": _make_jsonable(call.args), "id": call.id}
            for call in calls
            if call.args is not None
        ],
        invalid_tool_calls=[
            {
                "type": "invalid_tool_call",
                "name": echo_to_wire(call.name),
                # Servers parse what they are shown; text that is no JSON would make the next request fail.
                "args": json.dumps({"unreadable": call.raw_args[:200]}),
                "id": call.id,
                "error": call.error,
            }
            for call in calls
            if call.args is None
        ],
    )


def make_calls(wire: Sequence[tuple[str | None, str, str]]) -> tuple[ModelCall, ...]:
    """Calls from ``(id, function name, arguments)``; the same input gives the same ids."""
    calls: list[ModelCall] = []
    used: set[str] = set()
    for place, (given, name, raw) in enumerate(wire):
        ident = given if given and _ID.fullmatch(given) and given not in used else None
        if ident is None:
            mark = hashlib.sha256(f"{place}\n{given}\n{name}\n{raw}".encode(errors="replace")).hexdigest()[:12]
            ident = f"call_{place}_{mark}"
        used.add(ident)
        args, error = parse_arguments(raw)
        calls.append(ModelCall(ident, parse_wire_name(name), args, raw, error))
    return tuple(calls)


def mark_unusable(call: ModelCall, error: str) -> ModelCall:
    """The same call, with arguments that must not be used."""
    return replace(call, args=None, error=error)


def parse_arguments(raw: str) -> tuple[dict[str, Any] | None, str | None]:
    """The arguments in a JSON text, or why they cannot be used; no text at all means no arguments.

    Stricter than JSON parsers usually are: a key given twice, ``NaN``, broken characters and anything but an object
    are refused, because what a reviewer is shown must be what runs.
    """
    if len(raw) > MAX_ARGUMENTS:
        return None, f"The arguments are longer than {MAX_ARGUMENTS} characters; send less."
    try:
        args = json.loads(
            raw.strip() or "{}",
            parse_int=_parse_integer,
            parse_float=Decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_refuse_duplicates,
        )
        if not isinstance(args, dict):
            return None, f"The arguments are a JSON {type(args).__name__}, not an object; send one JSON object."
        make_plain_data(args)
    except BadInput as error:
        return None, str(error)
    except RecursionError:
        return None, "The arguments are nested too deeply; send a flat JSON object."
    except (ValueError, ArithmeticError) as error:
        return None, f"The arguments are not valid JSON ({str(error)[:120]}); send one JSON object."
    return args, None


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found


def _parse_integer(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"a number has more than {MOST_DIGITS} digits")
    return int(digits)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _make_jsonable(args: dict[str, Any] | None) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(json.dumps(args, default=str))
    return shown
