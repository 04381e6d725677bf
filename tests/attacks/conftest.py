"""An assistant with the company's rules and a model in the attacker's hands; the company's whole books are compared."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from countersign.graphs.session import AsyncAssistant
from databases import shared_base
from house import copy_of, open_core, orders, template
from openai_server import OpenAIServer


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as first use leaves it; nobody may change it."""
    return template(shared_base(tmp_path_factory))


@pytest.fixture(scope="module")
def home(untouched: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a module's tests."""
    return copy_of(untouched, tmp_path_factory.mktemp("attacked") / "home")


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
def model(endpoint: OpenAIServer) -> OpenAIServer:
    """The attacker's model, with nothing left to say from earlier tests."""
    endpoint.requests.clear()
    endpoint._queue.clear()
    return endpoint


@pytest.fixture
def nothing_runs(home: Path, assistant: AsyncAssistant) -> Iterator[None]:
    """Fails the test that changed anything at the company, had an effect started, or left a broken log."""
    before, started = books(home), effects(assistant)
    yield
    assert books(home) == before
    assert effects(assistant) == started
    assistant.desk.audit.verify()


def effects(assistant: AsyncAssistant) -> int:
    """How many effects were ever started, by the log."""
    return len(list(assistant.desk.audit.records(kind="effect.started")))


def books(home: Path) -> dict[str, str]:
    """The fingerprint of every table of the company."""
    with closing(sqlite3.connect(home / "company.db")) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: hashlib.sha256(repr(connection.execute(f'SELECT * FROM "{name}"').fetchall()).encode()).hexdigest()  # noqa: S608
            for name in tables
        }


@pytest.fixture(scope="module")
def fresh_orders(home: Path) -> Iterator[str]:
    """Orders whose refund needs one signature."""
    return iter(orders(home, 15000, 60000))


@pytest.fixture
def order(fresh_orders: Iterator[str]) -> str:
    """One of them."""
    return next(fresh_orders)
