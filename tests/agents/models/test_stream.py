"""Streams of servers that follow the protocol in their own ways become the same calls."""

from typing import Any

import pytest
from countersign.agents.models.pool import ModelPool, ModelSettings
from countersign.agents.models.stream import AnswerBuilder
from countersign.policies.errors import Unavailable
from langchain_core.messages import AIMessageChunk
from openai_server import OpenAIServer


def gathered(*pieces: dict[str, Any]) -> list[tuple[str, Any]]:
    found = AnswerBuilder()
    for piece in pieces:
        found.add(AIMessageChunk(content="", tool_call_chunks=[{"id": None, "name": None, "args": None, **piece}]))
    return [(call.name, call.args) for call in found.calls()]


def test_every_call_numbered_zero() -> None:
    """Would break if two calls with one index were merged into one that nobody proposed."""
    assert gathered(
        {"index": 0, "id": "a", "name": "orders__get", "args": '{"n": 1}'},
        {"index": 0, "id": "b", "name": "orders__get", "args": '{"n": 2}'},
    ) == [("orders.get", {"n": 1}), ("orders.get", {"n": 2})]


def test_name_and_id_in_every_piece() -> None:
    """Would break if a repeated name were doubled."""
    assert gathered(
        {"index": 0, "id": "a", "name": "orders__get", "args": '{"n"'},
        {"index": 0, "id": "a", "name": "orders__get", "args": ": 1}"},
    ) == [("orders.get", {"n": 1})]


def test_name_in_pieces() -> None:
    """Would break if only the first piece of a name counted."""
    pieces = {"index": 0, "name": "orders"}, {"index": 0, "name": "__get"}, {"index": 0, "args": "{}"}
    assert gathered(*pieces) == [("orders.get", {})]


def test_no_index_at_all() -> None:
    """Would break if calls without an index were lost or mixed."""
    assert gathered(
        {"index": None, "id": "a", "name": "orders__get", "args": "{"},
        {"index": None, "args": '"n": 1}'},
        {"index": None, "id": "b", "name": "tickets__get", "args": "{}"},
    ) == [("orders.get", {"n": 1}), ("tickets.get", {})]


def test_interleaved_calls() -> None:
    """Would break if pieces were put together in order of arrival instead of by index."""
    assert gathered(
        {"index": 0, "id": "a", "name": "x", "args": '{"n":'},
        {"index": 1, "id": "b", "name": "y", "args": '{"m":'},
        {"index": 0, "args": "1}"},
        {"index": 1, "args": "2}"},
    ) == [("x", {"n": 1}), ("y", {"m": 2})]


async def test_announced_calls_that_cannot_be_read_are_a_failure(openai_server: OpenAIServer) -> None:
    """Would break if an answer whose calls got lost on the way passed for an empty answer."""
    openai_server.say(openai_server.answer("", finish="tool_calls"))
    models = ModelPool(ModelSettings(base_url=openai_server.url, model="m", max_retries=0))
    with pytest.raises(Unavailable, match="announced tool calls"):
        await models.complete([("user", "hi")])  # type: ignore[list-item]
