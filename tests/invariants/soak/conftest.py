"""The company that every life in the soak begins with, and one life to play a fixed sequence in."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from data_folder import template
from databases import shared_base
from soak_actions import Soak
from soak_environment import Stage, keep_checkpoints, stage_of


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """The company that every life begins with."""
    return stage_of(template(shared_base(tmp_path_factory)), tmp_path_factory.mktemp("stage") / "home")


@pytest.fixture
def soak(stage: Stage, tmp_path: Path) -> Iterator[Soak]:
    """A fresh life; at its end the whole log is verified."""
    with keep_checkpoints():
        begun = Soak.begin(stage, tmp_path / "home", Counter())
        yield begun
        begun.end()
