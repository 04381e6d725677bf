"""The story, told once for each kind of database."""

from pathlib import Path

import pytest
from data_folder import copy_of, template
from databases import Databases, shared_base
from scenario import tell


@pytest.fixture(scope="module")
def finished(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which the story was told."""
    untouched = template(shared_base(tmp_path_factory), databases.server)
    home = copy_of(untouched, tmp_path_factory.mktemp("tampering") / "home")
    tell(home)
    return home
