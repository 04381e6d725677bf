"""LangChain's client of OpenAI-compatible endpoints is used without its guesses at half-written arguments.

LangChain parses the arguments of every streamed piece, and of all pieces together, by cutting characters off until the
rest is JSON. That takes minutes for a megabyte that is none, and a model decides what it sends. Here pieces of calls go
past it, as they came.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langchain_openai import ChatOpenAI

PIECES = "call_pieces"
"""The attribute of a streamed message that holds its pieces of calls: ``index``, ``id``, ``name`` and ``args``."""


@cache
def load_chat_class() -> "type[ChatOpenAI]":
    """The client's class; loading it takes a second, so it is made when the first model is asked."""
    from langchain_openai import ChatOpenAI

    class PlainChat(ChatOpenAI):
        """Streams messages that carry their pieces of calls unread."""

        def _convert_chunk_to_generation_chunk(self, chunk: Any, *more: Any, **named: Any) -> Any:
            pieces = _take_pieces(chunk)
            generation = super()._convert_chunk_to_generation_chunk(chunk, *more, **named)
            if generation is not None and pieces:
                setattr(generation.message, PIECES, pieces)
            return generation

    return PlainChat


def _take_pieces(chunk: Any) -> list[dict[str, Any]]:
    """Takes the pieces of calls out of an event; what has not the form of one is left out."""
    choices = chunk.get("choices") if isinstance(chunk, dict) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    delta = first.get("delta") if isinstance(first, dict) else None
    calls = delta.pop("tool_calls", None) if isinstance(delta, dict) else None
    return [piece for call in calls if (piece := _piece(call))] if isinstance(calls, list) else []


def _piece(call: Any) -> dict[str, Any] | None:
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict):
        return None
    index, ident = call.get("index"), call.get("id")
    name, args = function.get("name"), function.get("arguments")
    return {
        "index": index if isinstance(index, int) else None,
        "id": ident if isinstance(ident, str) else None,
        "name": name if isinstance(name, str) else None,
        "args": args if isinstance(args, str) else None,
    }
