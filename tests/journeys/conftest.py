"""Journeys go through the public door only, each in an office of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from countersign.graphs import Assistant, Settings
from data_folder import copy_of


@pytest.fixture(scope="module")
def home(untouched: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a module's journeys."""
    return copy_of(untouched, tmp_path_factory.mktemp("journey") / "home")


@pytest.fixture(scope="module")
def assistant(home: Path) -> Iterator[Assistant]:
    """The assistant on it, without a model."""
    with Assistant.open(settings=Settings.from_env({}, home)) as opened:
        yield opened
