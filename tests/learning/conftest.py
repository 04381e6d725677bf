"""An office under the company's written rules, with its own copy of the sample company."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from countersign.tools.company.store import open_company
from office import TODAY, Office


@pytest.fixture(scope="session")
def company_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample company of seed 7, made once."""
    path = tmp_path_factory.mktemp("company") / "company.db"
    open_company(f"sqlite:///{path}", seed=7, today=TODAY).close()
    return path


@pytest.fixture
def office(tmp_path: Path, company_file: Path) -> Iterator[Office]:
    """All tools under the company's written rules."""
    opened = Office.open(tmp_path, company_file, ruled=True)
    yield opened
    opened.close()
