"""Tables of an earlier version are refused in words, and left as they are."""

from pathlib import Path

import pytest
from countersign.policies.errors import StorageError
from countersign.policies.governance.governance import open_governance
from countersign.policies.storage.database import begin_write
from databases import Databases
from sqlalchemy import text


def test_an_older_database_is_refused_and_not_changed(tmp_path: Path, databases: Databases) -> None:
    """A column that is missing must not show as an error about SQL in the middle of a payment."""
    engine = databases.open(tmp_path / "old.db")
    with begin_write(engine) as connection:
        connection.execute(text("CREATE TABLE reviews (review_id TEXT PRIMARY KEY, digest TEXT)"))
        connection.execute(text("INSERT INTO reviews VALUES ('REV-1', 'x')"))
    with pytest.raises(StorageError, match="earlier version"):
        open_governance(engine, tmp_path)
    with begin_write(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM reviews")).scalar() == 1
