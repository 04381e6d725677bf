"""Fixtures of a module: one assistant, on a data folder of its own, with the test's model."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from countersign.graphs.assistant.session import AsyncAssistant
from data_folder import copy_of, open_core
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
