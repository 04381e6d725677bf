"""Fixtures that every room may use, and the two kinds of database."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

# `tests` is not a package, so that its folders cannot shadow the rooms; what tests share is found here.
sys.path.insert(0, str(Path(__file__).parent / "support"))
# What is measured is also what is tested.
sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import postgres
from countersign.tools.sample_company.store.database import open_company
from data_folder import orders, template
from databases import Databases, shared_base
from openai_server import OpenAIServer
from services import TODAY

CLUSTER = "postgres"


def pytest_configure(config: pytest.Config) -> None:
    """Names the marker, so that a misspelt one is an error; without a server its tests cannot be asked for.

    A shell in the background has Ctrl-C ignored in all that it starts; the commands that are tested must hear it.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.option.markexpr == "postgres" and not postgres.binaries():
        raise pytest.UsageError("PostgreSQL's server is not installed; on Debian: apt-get install postgresql")
    config.addinivalue_line("markers", "postgres: needs PostgreSQL's server; `make test-pg` installs and starts it")


def pytest_report_header() -> str:
    """Says at the top whether PostgreSQL is tested."""
    found = postgres.binaries()
    return f"PostgreSQL: {found}" if found else "PostgreSQL: no server; its tests run with `make test-pg`"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves the tests of PostgreSQL out where it is not installed; the header says so."""
    if postgres.binaries():
        return
    left_out = [item for item in items if item.get_closest_marker("postgres")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Ends the cluster, after the last worker."""
    factory = getattr(config, "_tmp_path_factory", None)
    if factory is not None and not os.environ.get("PYTEST_XDIST_WORKER"):
        folder = shared_base(factory) / CLUSTER
        if (folder / "address").exists():
            postgres.stop(folder)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a private cluster, started for the first test that needs it."""
    base = shared_base(tmp_path_factory)
    address = base / CLUSTER / "address"
    with FileLock(base / "postgres.lock"):
        if not address.exists():
            session = os.getppid() if os.environ.get("PYTEST_XDIST_WORKER") else os.getpid()
            address.write_text(postgres.start(base / CLUSTER, owner=session))
    return address.read_text()


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def databases(request: pytest.FixtureRequest) -> Iterator[Databases]:
    """Either kind of database: every test that asks for it runs on both."""
    kind = Databases(request.getfixturevalue("postgres_server") if request.param == "postgres" else "")
    yield kind
    kind.close()


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as first use leaves it; nobody may change it."""
    return template(shared_base(tmp_path_factory))


@pytest.fixture(scope="session")
def company_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample company of seed 7, made once."""
    path = tmp_path_factory.mktemp("company") / "company.db"
    open_company(f"sqlite:///{path}", seed=7, today=TODAY).close()
    return path


@pytest.fixture(scope="module")
def fresh_orders(home: Path) -> Iterator[str]:
    """Orders in the module's data folder, which must have the name `home`; the refund of each needs one signature."""
    return iter(orders(home, 15000, 60000))


@pytest.fixture
def order(fresh_orders: Iterator[str]) -> str:
    """One of them."""
    return next(fresh_orders)


@pytest.fixture
def openai_server() -> Iterator[OpenAIServer]:
    """A running model endpoint; script it with `openai_server.say(...)` (see `tests/support/openai_server.py`)."""
    with OpenAIServer() as server:
        yield server
    assert not server.errors, server.errors
