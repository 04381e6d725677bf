"""Fixtures that every room may use."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# `tests` is not a package, so that its folders cannot shadow the rooms; what tests share is found here.
sys.path.insert(0, str(Path(__file__).parent / "support"))

from openai_server import OpenAIServer


@pytest.fixture
def openai_server() -> Iterator[OpenAIServer]:
    """A running model endpoint; script it with `openai_server.say(...)` (see `tests/support/openai_server.py`)."""
    with OpenAIServer() as server:
        yield server
    assert not server.errors, server.errors
