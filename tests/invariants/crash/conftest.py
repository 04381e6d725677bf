"""A place to crash in, on SQLite and on PostgreSQL."""

import os
from collections.abc import Iterator

import pytest
from crash_runner import Scene, again, prepare
from databases import shared_base


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The prepared house; its order waits to be refunded, and its ticket exists."""
    own = tmp_path_factory.mktemp("crash")
    if request.param == "sqlite":
        yield Scene(own, prepare(shared_base(tmp_path_factory)))
        return
    # One name for all copies, because the data folder knows it.
    database = f"{request.getfixturevalue('postgres_server')}/crash_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    again(database, "template0")
    place = prepare(own, database)
    again(f"{database}_prepared", database.rpartition("/")[2])
    yield Scene(own, place, f"{database.rpartition('/')[2]}_prepared")
