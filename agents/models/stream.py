"""This module puts one streamed answer together, however a server numbers, names or identifies calls."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .answer import MAX_ARGUMENTS, MAX_CALLS, MAX_TEXT, ModelCall, make_calls, mark_unusable
from .client import PIECES

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessageChunk


@dataclass
class _OpenCall:
    ident: str | None = None
    name: str = ""
    arguments: str = ""


@dataclass
class AnswerBuilder:
    """The answer so far.

    Attributes:
        text: what was said.
        finish_reason: empty until the model said that it is done; an answer without one is broken off.
        tokens: ``(input, output)`` when the endpoint counted them.
        cut: what was left off here, and why.
        full: nothing more is taken; the rest of the stream need not be read.
    """

    text: str = ""
    finish_reason: str = ""
    tokens: tuple[int, int] | None = None
    cut: str = ""
    full: bool = False
    _calls: list[_OpenCall] = field(default_factory=list)
    _at: dict[int, _OpenCall] = field(default_factory=dict)

    def add(self, chunk: "BaseMessageChunk") -> str:
        """Takes one chunk and returns the text that is new."""
        piece = str(chunk.text)[: MAX_TEXT - len(self.text)]
        self.text += piece
        for part in getattr(chunk, PIECES, None) or getattr(chunk, "tool_call_chunks", None) or ():
            self._call(part)
        if usage := getattr(chunk, "usage_metadata", None):
            self.tokens = (int(usage["input_tokens"]), int(usage["output_tokens"]))
        self.finish_reason = str(chunk.response_metadata.get("finish_reason") or self.finish_reason)
        if len(self.text) >= MAX_TEXT:
            self._close(f"The answer was cut after {MAX_TEXT} characters.")
        return piece

    def calls(self) -> tuple[ModelCall, ...]:
        """The calls that were sent, each checked. The last one of an answer that ran out of room is not usable."""
        calls = list(make_calls([(call.ident, call.name, call.arguments) for call in self._calls]))
        if calls and self.finish_reason == "length":
            calls[-1] = mark_unusable(calls[-1], "The answer ended inside this call; send it again, shorter.")
        return tuple(calls)

    def _call(self, part: Any) -> None:
        call = self._target(part)
        if call is None:
            return
        call.ident = call.ident or part.get("id")
        name, arguments = part.get("name") or "", part.get("args") or ""
        # Some servers send the whole name with every piece, others send it in pieces.
        if name and name != call.name:
            call.name = (call.name + name)[:200]
        call.arguments += arguments[: MAX_ARGUMENTS + 1 - len(call.arguments)]
        if len(call.arguments) > MAX_ARGUMENTS:
            self._close(f"The arguments of a call were cut after {MAX_ARGUMENTS} characters.")

    def _target(self, part: Any) -> _OpenCall | None:
        index, ident, name = part.get("index"), part.get("id"), part.get("name")
        if index is None:
            known = None if ident or name else (self._calls[-1] if self._calls else None)
        else:
            known = self._at.get(index)
            # Some servers number every call 0: another id, or a name after arguments, begins the next call.
            other_id = known and ident and known.ident and ident != known.ident
            other_name = known and name and not ident and known.arguments and name != known.name
            if other_id or other_name:
                known = None
        if known is not None:
            return known
        if len(self._calls) >= MAX_CALLS:
            self._close(f"Only the first {MAX_CALLS} calls of the answer were taken.")
            return None
        self._calls.append(_OpenCall())
        if index is not None:
            self._at[index] = self._calls[-1]
        return self._calls[-1]

    def _close(self, why: str) -> None:
        self.full = True
        self.cut = self.cut or why
        self.finish_reason = self.finish_reason or ("length" if len(self.text) >= MAX_TEXT else "tool_calls")
