"""An assistant with the company's rules and a model in the attacker's hands; the company's whole books are compared."""

import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from assistant_fixtures import assistant as assistant
from assistant_fixtures import endpoint as endpoint
from assistant_fixtures import home as home
from countersign.graphs.assistant.session import AsyncAssistant
from openai_server import OpenAIServer


@pytest.fixture
def model(endpoint: OpenAIServer) -> OpenAIServer:
    """The attacker's model, with nothing left to say from earlier tests."""
    endpoint.requests.clear()
    endpoint._queue.clear()
    return endpoint


class Books:
    """The company's books, read again only after somebody wrote to them."""

    def __init__(self, home: Path) -> None:
        self._file = sqlite3.connect(home / "company.db")
        self._version, self._fingerprint = -1, ""

    def fingerprint(self) -> str:
        """Of every row of every table."""
        (version,) = self._file.execute("PRAGMA data_version").fetchone()
        if version != self._version:
            tables = self._file.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
            found = hashlib.sha256()
            for (name,) in tables:
                found.update(repr(self._file.execute(f'SELECT * FROM "{name}"').fetchall()).encode())  # noqa: S608
            self._version, self._fingerprint = version, found.hexdigest()
        return self._fingerprint

    def close(self) -> None:
        self._file.close()


@pytest.fixture(scope="module")
def books(home: Path) -> Iterator[Books]:
    """The books of a module's company."""
    opened = Books(home)
    yield opened
    opened.close()


@pytest.fixture
def nothing_runs(books: Books, assistant: AsyncAssistant) -> Iterator[None]:
    """Fails the test that changed anything at the company, had an effect started, or left a broken log."""
    before, started = books.fingerprint(), effects(assistant)
    yield
    assert books.fingerprint() == before
    assert effects(assistant) == started
    assistant.services.audit.verify()


def effects(assistant: AsyncAssistant) -> int:
    """How many effects were ever started, by the log."""
    return len(list(assistant.services.audit.records(kind="effect.started")))
