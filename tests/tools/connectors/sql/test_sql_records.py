"""The port to the company's records: narrow, exact, and safe to call twice."""

import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from countersign.policies.errors import BadInput, StorageError
from countersign.tools.connectors.sql import engine
from countersign.tools.connectors.sql.sql_records import SqlRecords
from countersign.tools.sample_company.schema.record_kinds import COMPANY_SCHEMA, RECORD_KINDS
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

TODAY = date(2026, 3, 16)
NOON = datetime(2026, 3, 16, 12, tzinfo=UTC)


@pytest.mark.parametrize("written", ["8841", "#8841", "ord-8841", "ORD 8841", " ORD-8841 ", "ord8841", "08841"])
def test_ids_are_found_as_people_write_them(records: SqlRecords, written: str) -> None:
    """A customer writes "order 8841"; a strict look-up would find nothing."""
    found = records.get("order", written)
    assert found is not None
    assert found["id"] == "ORD-8841"


@pytest.mark.parametrize("written", ["", "8841; DROP TABLE orders", "INV-1042", "-8841", "٨٨٤١", "9" * 60, "ORD-1"])
def test_other_text_finds_nothing(records: SqlRecords, written: str) -> None:
    """Text that is no id must neither match by accident nor reach the database as code."""
    assert records.get("order", written) is None
    assert records.count("order") == 3000


def test_conditions_hold_together(records: SqlRecords) -> None:
    """Each operator is used by some tool; one that filtered wrongly would feed it wrong records."""
    where = {
        "status": ("in", ["delivered", "lost"]),
        "total_minor": ("<=", 10_000),
        "ordered_on": (">", date(2026, 1, 1)),
        "placed_by": None,
        "currency": ("!=", "USD"),
    }
    found = records.find("order", where=where, order_by=["-total_minor", "id"], limit=500)
    everything = records.find("order", limit=10_000)
    expected = [
        row
        for row in everything
        if row["status"] in ("delivered", "lost")
        and row["total_minor"] <= 10_000
        and row["ordered_on"] > date(2026, 1, 1)
        and row["placed_by"] is None
        and row["currency"] != "USD"
    ]
    assert found
    assert found == sorted(expected, key=lambda row: (-row["total_minor"], row["id"]))
    assert records.count("order", where=where) == len(found)


def test_contains_is_literal_and_ignores_case(records: SqlRecords) -> None:
    """A percent sign typed by a user must not match everything."""
    assert records.find("customer", where={"name": ("contains", "%")}) == []
    assert records.find("customer", where={"name": ("contains", "_____")}) == []
    name = records.find("customer", limit=1)[0]["name"]
    assert records.find("customer", where={"name": ("contains", name.upper())})


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("salary", {}),
        ("sqlite_master", {}),
        ("order", {"where": {"1=1; --": 1}}),
        ("order", {"where": {"total_minor": ("; DROP", 1)}}),
        ("order", {"where": {"total_minor": "100"}}),
        ("order", {"where": {"total_minor": 1.5}}),
        ("order", {"where": {"total_minor": True}}),
        ("order", {"where": {"total_minor": 2**70}}),
        ("order", {"where": {"status": ("in", "delivered")}}),
        ("order", {"where": {"status": "a\x00b"}}),
        ("order", {"where": {"status": "\ud800"}}),
        ("order", {"where": {"ordered_on": "2026-02-30"}}),
        ("order", {"where": {"total_minor": ("<", None)}}),
        ("order", {"where": {"status": ("in", ["x"] * 5000)}}),
        ("order", {"where": {"status": ("contains", None)}}),
        ("order", {"where": {"status": ("contains", 5)}}),
        ("order", {"where": {"total_minor": ("contains", "1")}}),
        ("order", {"order_by": "random()"}),
        ("order", {"limit": 0}),
        ("order", {"limit": 10**9}),
        ("employee", {"where": {"roles": ["controller"]}}),
    ],
)
def test_what_is_not_in_the_schema_is_refused(records: SqlRecords, kind: str, arguments: dict[str, Any]) -> None:
    """Names come from the schema only; values must fit the column. Both fail before any SQL is run."""
    with pytest.raises(BadInput):
        records.find(kind, **arguments)


def test_salaries_do_not_exist_for_the_port(records: SqlRecords, company_copy: Path) -> None:
    """people-handbook#2.1: the column is in the database, and no way through the port reaches it."""
    with sqlite3.connect(company_copy) as raw:
        (salary,) = raw.execute("SELECT salary_minor FROM employees WHERE user_id='karl.weiss'").fetchone()
    raw.close()
    assert salary > 0
    assert "salary_minor" not in (records.get("employee", "karl.weiss") or {})
    assert all("salary_minor" not in row for row in records.find("employee"))
    assert salary not in [value for row in records.find("employee") for value in row.values()]
    for attempt in (
        lambda: records.find("employee", where={"salary_minor": (">", 0)}),
        lambda: records.find("employee", where={"SALARY_MINOR": (">", 0)}),
        lambda: records.find("employee", order_by="-salary_minor"),
        lambda: records.count("employee", where={"salary_minor": (">", 0)}),
        lambda: records.update("employee", "karl.weiss", {"salary_minor": 1}, {"user_id": "karl.weiss"}),
        lambda: records.update("ticket", "1", {"priority": "low"}, {"salary_minor": salary}),
    ):
        with pytest.raises(BadInput) as refusal:
            attempt()
        assert str(salary) not in str(refusal.value)
        assert "confidential" not in str(refusal.value)


def test_a_damaged_database_says_so(company_copy: Path) -> None:
    """A torn file must be named as damaged, so that somebody restores it."""
    data = bytearray(company_copy.read_bytes())
    data[100:200_000] = b"\xff" * 199_900
    company_copy.write_bytes(bytes(data))
    records = SqlRecords(f"sqlite:///{company_copy}", COMPANY_SCHEMA)
    with pytest.raises(StorageError, match="damaged"):
        records.count("order")
    records.close()


def test_a_password_is_never_shown() -> None:
    """Error messages end up in logs and on screens."""
    url = make_url("x://me:hush@host/db?password=hush")
    message = str(engine.translate_error(SQLAlchemyError("boom"), engine.format_url(url)))
    assert "host/db" in message
    assert "hush" not in message


def test_every_writable_kind_can_be_written_once() -> None:
    """A kind without the key column could not be reconciled after a crash."""
    for kind in RECORD_KINDS.values():
        assert kind.writable == ("idempotency_key" in kind.table.c), kind.name
        assert set(kind.changes) <= set(kind.visible), kind.name
        assert kind.key not in kind.changes
