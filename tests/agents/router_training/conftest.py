"""An office under the company's written rules, with its own copy of the sample company."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from services import Office


@pytest.fixture
def office(tmp_path: Path, company_file: Path) -> Iterator[Office]:
    """All tools under the company's written rules."""
    opened = Office.open(tmp_path, company_file, ruled=True)
    yield opened
    opened.close()
