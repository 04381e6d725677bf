"""Embeddings from an OpenAI-compatible endpoint, over real HTTP."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import numpy as np
import pytest
from countersign.memory.embeddings.embedder import open_embedder
from countersign.policies.errors import BadInput, Unavailable


class Endpoint(BaseHTTPRequestHandler):
    """Vectors whose first number is the text's length."""

    asked: list[dict[str, object]]
    broken = False

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).asked.append(body | {"path": self.path, "key": self.headers["Authorization"]})
        data = [
            {"object": "embedding", "index": at, "embedding": [float(len(text)), 4.0, 0.0]}
            for at, text in enumerate(body["input"])
        ]
        answer = json.dumps(
            {"object": "list", "data": data, "model": body["model"], "usage": {"prompt_tokens": 1, "total_tokens": 1}}
        ).encode()
        self.send_response(400 if self.broken else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def url() -> Iterator[str]:
    Endpoint.asked, Endpoint.broken = [], False
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()
    thread.join()


def settings(url: str, dimensions: str = "3") -> dict[str, str]:
    return {
        "COUNTERSIGN_EMBEDDING_MODEL": "local-model",
        "COUNTERSIGN_EMBEDDING_DIMENSIONS": dimensions,
        "OPENAI_BASE_URL": url,
        "OPENAI_API_KEY": "secret-key",
    }


def test_texts_go_to_the_endpoint_as_text_and_come_back_as_unit_vectors(url: str) -> None:
    """Token ids instead of text are refused by most servers; vectors of other lengths break cosines."""
    embedder = open_embedder(settings(url))
    vectors = embedder.embed(["abc", ""])
    np.testing.assert_allclose(vectors, [[0.6, 0.8, 0], [1 / 17**0.5, 4 / 17**0.5, 0]], rtol=1e-6)
    assert embedder.name == "openai:local-model:3"
    assert Endpoint.asked[0]["input"] == ["abc", " "]
    assert Endpoint.asked[0]["path"] == "/v1/embeddings"
    assert Endpoint.asked[0]["key"] == "Bearer secret-key"
    assert embedder.embed([]).shape == (0, 3)


def test_a_refusal_says_what_to_check_and_keeps_the_key(url: str) -> None:
    """A person would see a stack trace, or the key in a log."""
    Endpoint.broken = True
    with pytest.raises(Unavailable, match="Check OPENAI_BASE_URL") as caught:
        open_embedder(settings(url)).embed(["abc"])
    assert "secret-key" not in str(caught.value)


def test_vectors_of_another_length_are_refused(url: str) -> None:
    """They would be stored and make every later search fail."""
    with pytest.raises(Unavailable, match="COUNTERSIGN_EMBEDDING_DIMENSIONS"):
        open_embedder(settings(url, "7")).embed(["abc"])


@pytest.mark.parametrize("dimensions", ["", "many", "-1"])
def test_unknown_dimensions_are_asked_for(dimensions: str) -> None:
    """The index needs the length before the first vector."""
    with pytest.raises(BadInput, match="COUNTERSIGN_EMBEDDING_DIMENSIONS"):
        open_embedder(settings("http://127.0.0.1:1", dimensions))


def test_openai_models_need_no_dimensions() -> None:
    """OpenAI's own models are known."""
    assert open_embedder({"COUNTERSIGN_EMBEDDING_MODEL": "text-embedding-3-small"}).dimensions == 1536
