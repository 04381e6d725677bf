"""The real assistant with a model that says what a trap needs, answered as a client of the compiled graph would."""

from collections.abc import Iterator

import pytest
from assistant_fixtures import assistant as assistant
from assistant_fixtures import endpoint as endpoint
from assistant_fixtures import home as home
from clients import Client
from countersign.graphs.assistant.session import AsyncAssistant
from openai_server import OpenAIServer


@pytest.fixture
def model(endpoint: OpenAIServer) -> Iterator[OpenAIServer]:
    """The model; whatever it was told to say must have been asked for."""
    endpoint.requests.clear()
    endpoint.errors.clear()
    endpoint._queue.clear()
    yield endpoint
    assert not endpoint.errors, endpoint.errors


@pytest.fixture
def client(assistant: AsyncAssistant) -> Client:
    """A client that has the compiled graph in its hands."""
    return Client(assistant)
