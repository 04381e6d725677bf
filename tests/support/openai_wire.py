"""OpenAI's wire protocol as data: what a test scripts, and the bodies and events that it becomes."""

import base64
import hashlib
import json
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

AUTO = "auto"


@dataclass(frozen=True)
class Call:
    """One tool call. `arguments` that are text go out as they are, so they may be malformed; `id=None` sends none."""

    name: str
    arguments: Mapping[str, Any] | str = "{}"
    id: str | None = AUTO

    def wire(self, place: int, request: int) -> tuple[dict[str, str], str]:
        ident = f"call_{request}_{place}" if self.id == AUTO else self.id
        arguments = self.arguments if isinstance(self.arguments, str) else json.dumps(dict(self.arguments))
        return {} if ident is None else {"id": ident}, arguments


@dataclass(frozen=True)
class Answer:
    """Text, tool calls, or both.

    Attributes:
        piece: characters of text or arguments in one streamed delta.
        finish: the finish reason; `AUTO` is `stop` or `tool_calls`, `None` sends none.
        usage: prompt and completion tokens; `None` sends no usage even when asked.
        pause: seconds between two deltas.
        then: what happens in place of a proper end: `drop` breaks the connection, `hang` says no more, `cut` ends the
            body without finish reason and `[DONE]`.
    """

    text: str = ""
    calls: tuple[Call, ...] = ()
    piece: int = 7
    finish: str | None = AUTO
    usage: tuple[int, int] | None = (11, 7)
    pause: float = 0.0
    then: str = ""


@dataclass(frozen=True)
class Raw:
    """Any status, headers and body: an error, or bytes that are not the protocol."""

    body: str = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


@dataclass(frozen=True)
class Request:
    """What the server saw."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    number: int

    @property
    def messages(self) -> list[dict[str, Any]]:
        return list(self.body.get("messages", []))

    @property
    def tools(self) -> list[dict[str, Any]]:
        return list(self.body.get("tools", []))

    @property
    def model(self) -> str:
        return str(self.body.get("model", ""))


Reply = Answer | Raw


def failure(status: int, message: str = "scripted failure", **headers: str) -> Raw:
    """An error body as OpenAI sends it; header names are written with underscores, e.g. `retry_after="0.05"`."""
    body = json.dumps({"error": {"message": message, "type": "scripted", "code": None}})
    return Raw(body, status, {name.replace("_", "-").title(): value for name, value in headers.items()})


def completion(request: Request, reply: Answer) -> dict[str, Any]:
    """The body of a reply that is not streamed."""
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
    if reply.calls:
        message["tool_calls"] = [
            {"type": "function", "function": {"name": call.name, "arguments": arguments}} | ident
            for call, (ident, arguments) in _numbered(request, reply)
        ]
    body = _head(request, "chat.completion")
    body["choices"] = [{"index": 0, "message": message, "finish_reason": _finish(reply)}]
    return body | ({"usage": _usage(reply.usage)} if reply.usage else {})


def events(request: Request, reply: Answer) -> Iterator[str]:
    """The data of each server-sent event: role, text, calls with split arguments, finish, usage, `[DONE]`."""

    def event(delta: Mapping[str, Any], finish: str | None = None) -> str:
        body = _head(request, "chat.completion.chunk")
        return json.dumps(body | {"choices": [{"index": 0, "delta": dict(delta), "finish_reason": finish}]})

    yield event({"role": "assistant", "content": ""})
    for piece in _pieces(reply.text, reply.piece):
        yield event({"content": piece})
    for place, (call, (ident, arguments)) in enumerate(_numbered(request, reply)):
        first = {"index": place, "type": "function", "function": {"name": call.name, "arguments": ""}}
        yield event({"tool_calls": [first | ident]})
        for piece in _pieces(arguments, reply.piece):
            yield event({"tool_calls": [{"index": place, "function": {"arguments": piece}}]})
    if reply.then:
        return
    if (finish := _finish(reply)) is not None:
        yield event({}, finish)
    if reply.usage and (request.body.get("stream_options") or {}).get("include_usage"):
        yield json.dumps(_head(request, "chat.completion.chunk") | {"choices": [], "usage": _usage(reply.usage)})
    yield "[DONE]"


def embeddings(body: Mapping[str, Any]) -> dict[str, Any]:
    """Deterministic vectors of the asked length (8 unless told), as numbers or base64."""
    given = body.get("input", [])
    texts = [given] if isinstance(given, str) else list(cast(Iterable[Any], given))
    length = int(body.get("dimensions") or 8)
    data = []
    for place, text in enumerate(texts):
        stream = hashlib.shake_256(str(text).encode()).digest(2 * length)
        vector = [value / 32768 for value in struct.unpack(f"<{length}h", stream)]
        packed = base64.b64encode(struct.pack(f"<{length}f", *vector)).decode()
        shown = packed if body.get("encoding_format") == "base64" else vector
        data.append({"object": "embedding", "index": place, "embedding": shown})
    used = sum(len(str(text)) for text in texts) // 4
    usage = {"prompt_tokens": used, "total_tokens": used}
    return {"object": "list", "model": body.get("model", ""), "data": data, "usage": usage}


def _head(request: Request, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{request.number}", "object": kind, "created": 0, "model": request.model}


def _usage(usage: tuple[int, int]) -> dict[str, int]:
    return {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)}


def _finish(reply: Answer) -> str | None:
    return ("tool_calls" if reply.calls else "stop") if reply.finish == AUTO else reply.finish


def _numbered(request: Request, reply: Answer) -> list[tuple[Call, tuple[dict[str, str], str]]]:
    return [(call, call.wire(place, request.number)) for place, call in enumerate(reply.calls)]


def _pieces(text: str, size: int) -> Iterator[str]:
    return (text[start : start + size] for start in range(0, len(text), size))
