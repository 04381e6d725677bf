"""The real assistant with a model that says what a trap needs, answered as a client of the compiled graph would."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from clients import Client
from countersign.graphs.session import AsyncAssistant
from house import copy_of, open_core, orders
from openai_server import OpenAIServer


@pytest.fixture(scope="module")
def home(untouched: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a module's tests."""
    return copy_of(untouched, tmp_path_factory.mktemp("house") / "home")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[OpenAIServer]:
    """The model's server of a module."""
    with OpenAIServer() as opened:
        yield opened


@pytest.fixture(scope="module")
def assistant(home: Path, endpoint: OpenAIServer) -> Iterator[AsyncAssistant]:
    """The assistant on it, with the model."""
    opened = open_core(home, endpoint.environment(COUNTERSIGN_MODEL_RETRIES="0"))
    yield opened
    opened.close()


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


@pytest.fixture(scope="module")
def fresh_orders(home: Path) -> Iterator[str]:
    """Orders whose refund needs one signature."""
    return iter(orders(home, 15000, 60000))


@pytest.fixture
def order(fresh_orders: Iterator[str]) -> str:
    """One of them."""
    return next(fresh_orders)
