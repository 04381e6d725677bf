"""The real assistant on a data folder of each module's own, and one conversation for each request."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from countersign.graphs import Assistant
from countersign.graphs.assistant.session import Turn
from data_folder import copy_of, open_door, template
from databases import Databases, shared_base
from message_sender import Say


@pytest.fixture(scope="module")
def untouched_on_each(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, once with its records in SQLite and once in PostgreSQL; name it `untouched` to run on both."""
    return template(shared_base(tmp_path_factory), databases.server)


@pytest.fixture(scope="module")
def home(untouched: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The module's own data folder."""
    return copy_of(untouched, tmp_path_factory.mktemp("graphs") / "home")


@pytest.fixture(scope="module")
def assistant(home: Path) -> Iterator[Assistant]:
    """The assistant with the sample company, its written rules and no model."""
    with open_door(home) as opened:
        yield opened


@pytest.fixture(scope="module")
def say(assistant: Assistant) -> Say:
    """Sends a message in a conversation of its own, or in the one that is named."""
    threads = count()

    def send(text: str, user: str, thread: str = "", **more: Any) -> Turn:
        return assistant.send(text, as_user=user, thread=thread or f"case-{next(threads)}", **more)

    return send
