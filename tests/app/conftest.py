"""One data folder for each test module, the command line on it, and reviews without either."""

import os
from pathlib import Path

import pytest
from command_line import Cli, run_cli
from countersign.policies.governance.governance import open_governance
from countersign.policies.review.store import ReviewStore
from countersign.policies.storage.database import make_sqlite_url, open_database
from data_folder import copy_of
from typer.testing import Result


@pytest.fixture(scope="module")
def home(untouched: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The module's own data folder."""
    return copy_of(untouched, tmp_path_factory.mktemp("module") / "home")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Settings and folders of the machine that runs the tests must not reach them."""
    for name in list(os.environ):
        if name.startswith(("COUNTERSIGN_", "OPENAI_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def cli(home: Path) -> Cli:
    """The command line on the module's data folder."""

    def run(*args: str, user: str = "", input: str | None = None) -> Result:
        return run_cli(*args, home=home, user=user, input=input)

    return run


@pytest.fixture
def reviews(tmp_path: Path) -> ReviewStore:
    """No reviews yet."""
    engine = open_database(make_sqlite_url(tmp_path / "reviews.db"))
    return open_governance(engine, tmp_path).reviews
