"""A real HTTP server on loopback that speaks OpenAI's wire protocol and says what a test scripted.

Chat completions (one JSON body, or server-sent events), models and embeddings. Replies are taken one by one from a
script, or made by a function of the request; every request is recorded. Each reply closes its connection, and leaving
the `with` block ends every thread, also those that hang on purpose.
"""

import contextlib
import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from openai_wire import Answer, Call, Raw, Reply, Request, completion, embeddings, events, failure

Script = Callable[[Request], Reply]


class OpenAIServer:
    """Runs from entering the `with` block until leaving it.

    Attributes:
        url: the base URL, ending in `/v1`.
        requests: every chat request, oldest first; `others` holds those to any other path.
        errors: what went wrong inside the server itself, such as a script that ran out; should stay empty.
    """

    answer = staticmethod(lambda text="", **more: Answer(text, **more))
    calls = staticmethod(lambda *calls, text="", **more: Answer(text, tuple(calls), **more))
    call = Call
    raw = Raw
    failure = staticmethod(failure)

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.others: list[Request] = []
        self.errors: list[str] = []
        self.models = ["scripted"]
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._queue: list[Reply] = []
        self._script: Script | None = None
        self._http = _Http(("127.0.0.1", 0), _Handler)
        self._http.owner = self
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def say(self, *replies: Reply | str) -> "OpenAIServer":
        """Adds replies to the queue; plain text is an answer."""
        with self._lock:
            self._queue += [Answer(reply) if isinstance(reply, str) else reply for reply in replies]
        return self

    def script(self, function: Script) -> "OpenAIServer":
        """Lets a function make the replies that the queue does not have."""
        self._script = function
        return self

    def environment(self, **more: str) -> dict[str, str]:
        """Settings that point Countersign at this server."""
        return {"OPENAI_BASE_URL": self.url, "OPENAI_API_KEY": "test-key", "COUNTERSIGN_MODEL": "scripted", **more}

    def next_reply(self, request: Request) -> Reply:
        with self._lock:
            if self._queue:
                return self._queue.pop(0)
        if self._script:
            return self._script(request)
        self.errors.append(f"Request {request.number} came, but the script has no reply left.")
        return failure(400, "the script has no reply left")

    def record(self, path: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> Request:
        with self._lock:
            seen = self.requests if path == "/v1/chat/completions" else self.others
            seen.append(Request(path, {name.lower(): text for name, text in headers.items()}, body, len(seen) + 1))
            return seen[-1]

    def __enter__(self) -> "OpenAIServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Http(ThreadingHTTPServer):
    daemon_threads = False
    owner: OpenAIServer

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the signature is given
        import traceback

        self.owner.errors.append(traceback.format_exc())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def do_GET(self) -> None:
        self._handle({})

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            body = json.loads(text)
        except ValueError:
            body = {"malformed": text.decode(errors="replace")}
        self._handle(body)

    def log_message(self, *_: Any) -> None:
        """Tests stay quiet."""

    def _handle(self, body: Mapping[str, Any]) -> None:
        owner = self.server.owner
        self.close_connection = True
        request = owner.record(self.path.split("?")[0], dict(self.headers), body)
        # A client that gave up waiting closes its end; that is the point of some tests.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            if request.path == "/v1/chat/completions":
                self._chat(request, owner.next_reply(request))
            elif request.path == "/v1/models":
                data = [{"id": name, "object": "model", "created": 0, "owned_by": "test"} for name in owner.models]
                self._send(Raw(json.dumps({"object": "list", "data": data})))
            elif request.path == "/v1/embeddings":
                self._send(Raw(json.dumps(embeddings(body))))
            else:
                self._send(failure(404, f"no such path: {request.path}"))

    def _chat(self, request: Request, reply: Reply) -> None:
        if isinstance(reply, Raw):
            self._send(reply)
        elif request.body.get("stream"):
            self._stream(request, reply)
        elif reply.then == "hang":
            self.server.owner.stopping.wait()
        elif reply.then:
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"id": "chatcmpl-1", "choices": [')
        else:
            self._send(Raw(json.dumps(completion(request, reply))))

    def _send(self, raw: Raw) -> None:
        body = raw.body.encode()
        self.send_response(raw.status)
        for name, text in {"Content-Type": raw.content_type, "Connection": "close", **raw.headers}.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, request: Request, reply: Answer) -> None:
        self.send_response(200)
        for name, text in (("Content-Type", "text/event-stream"), ("Transfer-Encoding", "chunked")):
            self.send_header(name, text)
        self.send_header("Connection", "close")
        self.end_headers()
        for event in events(request, reply):
            self._chunk(f"data: {event}\n\n".encode())
            if reply.pause and self.server.owner.stopping.wait(reply.pause):
                return
        if reply.then == "hang":
            self.server.owner.stopping.wait()
        elif reply.then != "drop":
            self._chunk(b"")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()
