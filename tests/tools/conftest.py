"""An office for each test, with its own copy of one sample company."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from countersign.tools.connectors.sql.sql_records import SqlRecords
from countersign.tools.sample_company.schema.record_kinds import COMPANY_SCHEMA
from services import Office


@pytest.fixture
def company_copy(company_file: Path, tmp_path: Path) -> Path:
    """The records of a company that may be changed."""
    copy = tmp_path / "company.db"
    copy.write_bytes(company_file.read_bytes())
    return copy


@pytest.fixture
def records(company_copy: Path) -> Iterator[SqlRecords]:
    """Them, opened."""
    opened = SqlRecords(f"sqlite:///{company_copy}", COMPANY_SCHEMA)
    yield opened
    opened.close()


@pytest.fixture
def office(tmp_path: Path, company_file: Path) -> Iterator[Office]:
    """All tools without rules."""
    opened = Office.open(tmp_path, company_file)
    yield opened
    opened.close()


@pytest.fixture
def ruled_office(tmp_path: Path, company_file: Path) -> Iterator[Office]:
    """All tools under the company's written rules."""
    opened = Office.open(tmp_path, company_file, ruled=True)
    yield opened
    opened.close()
