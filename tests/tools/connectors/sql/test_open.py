"""A department's own tables are made when they are missing, once, whoever comes first."""

import threading
from datetime import date
from pathlib import Path

import pytest
from countersign.policies.errors import BadInput, StorageError
from countersign.tools.connectors.port import CompanyInfo
from countersign.tools.connectors.sql.columns import idempotency_key, key, make_counters, words
from countersign.tools.connectors.sql.schema import RecordKind, SqlSchema
from countersign.tools.connectors.sql.sql_records import open_sql_records
from sqlalchemy import MetaData, Table

TABLES = MetaData()
DEVICES = Table("devices", TABLES, key(), words("model"), words("holder", null=True), idempotency_key())
SCHEMA = SqlSchema(
    {"device": RecordKind("device", DEVICES, "DEV", writable=True, changes=("holder",))},
    make_counters(TABLES),
    lambda _connection: CompanyInfo("a-bank", "A Bank", "EUR", date(2026, 12, 1)),
)


def test_a_schema_of_ones_own_is_read_and_written(tmp_path: Path) -> None:
    """A department would have to write the whole port before its first tool."""
    url = f"sqlite:///{tmp_path / 'deep' / 'it.db'}"
    records = open_sql_records(url, TABLES, SCHEMA)
    assert records.insert("device", {"model": "laptop"}, key="k1") == "DEV-0001"
    assert records.insert("device", {"model": "laptop"}, key="k1") == "DEV-0001"
    assert records.update("device", "1", {"holder": "mara"}, {"holder": None})["holder"] == "mara"
    records.close()
    again = open_sql_records(url, TABLES, SCHEMA)
    assert again.insert("device", {"model": "phone"}) == "DEV-0002"
    assert again.by_key("device", "k1") == {
        "id": "DEV-0001",
        "model": "laptop",
        "holder": "mara",
        "idempotency_key": "k1",
    }
    with pytest.raises(BadInput, match="keeps no records of kind 'order'; it keeps: device"):
        again.get("order", "1")
    again.close()


def test_many_may_come_first(tmp_path: Path) -> None:
    """Two workers that start at once would fail on each other's tables, or number two records alike."""
    url, ids = f"sqlite:///{tmp_path / 'it.db'}", []

    def work() -> None:
        records = open_sql_records(url, TABLES, SCHEMA)
        ids.append(records.insert("device", {"model": "laptop"}))
        records.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ids) == [f"DEV-000{number}" for number in range(1, 7)]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A stack trace does not say which folder to mend."""
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be made"):
        open_sql_records(f"sqlite:///{tmp_path / 'file' / 'it.db'}", TABLES, SCHEMA)
