"""Writing to the records of the company: exact, and safe to do twice."""

import sqlite3
import threading
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from countersign.policies.errors import BadInput, Unavailable
from countersign.tools.connectors.port import Conflict, SystemOfRecord
from countersign.tools.connectors.sql import engine
from countersign.tools.connectors.sql.sql_records import SqlRecords
from countersign.tools.sample_company.schema.record_kinds import COMPANY_SCHEMA

TODAY = date(2026, 3, 16)
NOON = datetime(2026, 3, 16, 12, tzinfo=UTC)


def refund(amount: int = 1000) -> dict[str, Any]:
    return {
        "order_id": "ORD-8841",
        "customer_id": "CUS-0001",
        "amount_minor": amount,
        "currency": "EUR",
        "reason": "damaged",
        "status": "approved",
        "created_on": TODAY,
        "created_by": "mara.voss",
    }


def half(rows: SystemOfRecord) -> None:
    with rows.transaction() as tx:
        tx.insert("refund", refund(), key="half")
        tx.update("ticket", "456", {"status": "solved"}, {"status": "no such status"})


def test_roles_and_limits_cannot_be_written(records: SqlRecords) -> None:
    """A tool that could change roles could make its own reviewer."""
    for name, value in (("roles", ["cfo"]), ("limit_minor", 10**9), ("manager", "mara.voss"), ("active", False)):
        with pytest.raises(BadInput, match="cannot be changed"):
            records.update("employee", "mara.voss", {name: value}, {"user_id": "mara.voss"})
    with pytest.raises(BadInput, match="cannot be added"):
        records.insert("employee", {"user_id": "new.user"})


def test_an_update_wins_only_over_what_was_seen(records: SqlRecords) -> None:
    """Two people who decide on the same stale record must not both succeed."""
    changed = records.update("invoice", "INV-1042", {"status": "posted"}, {"status": "stuck"})
    assert changed["status"] == "posted"
    with pytest.raises(Conflict, match="status is 'posted'"):
        records.update("invoice", "INV-1042", {"status": "received"}, {"status": "stuck"})
    assert (records.get("invoice", "INV-1042") or {})["status"] == "posted"


def test_an_update_needs_a_target_and_an_expectation(records: SqlRecords) -> None:
    """A blind or empty update would overwrite what somebody else has just done."""
    with pytest.raises(BadInput, match="no invoice INV-9999"):
        records.update("invoice", "9999", {"status": "paid"}, {"status": "stuck"})
    with pytest.raises(BadInput, match="what is expected"):
        records.update("invoice", "1042", {"status": "paid"}, {})
    with pytest.raises(BadInput, match="total_minor"):
        records.update("invoice", "1042", {"total_minor": 1}, {"status": "stuck"})


def test_a_repeated_key_gives_the_first_record(records: SqlRecords) -> None:
    """A retried refund must not be a second refund."""
    first = records.insert("refund", refund(), key="grant-1")
    assert records.insert("refund", refund(), key="grant-1") == first
    assert records.insert("refund", refund(), key="grant-2") != first
    found = records.by_key("refund", "grant-1")
    assert found is not None
    assert (found["id"], found["amount_minor"]) == (first, 1000)
    assert records.by_key("refund", "grant-3") is None
    assert records.count("refund", where={"order_id": "ORD-8841"}) == 2


def test_many_threads_with_one_key_make_one_record(records: SqlRecords) -> None:
    """A double click reaches the database twice at the same moment."""
    ids: list[str] = []
    start = threading.Barrier(6)

    def press() -> None:
        start.wait()
        ids.append(records.insert("refund", refund(), key="once"))

    threads = [threading.Thread(target=press) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 6
    assert len(set(ids)) == 1
    assert records.count("refund", where={"order_id": "ORD-8841"}) == 1


def test_threads_without_a_key_get_different_ids(records: SqlRecords) -> None:
    """Numbers are drawn inside the transaction; drawing them before would let two records collide."""
    ids: list[str] = []

    def add() -> None:
        ids.extend(records.insert("refund", refund()) for _ in range(5))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 20


@pytest.mark.parametrize(
    "change",
    [
        {"amount_minor": 10.5},
        {"amount_minor": "1000"},
        {"amount_minor": None},
        {"created_on": NOON},
        {"reason": "x" * 251},
        {"id": "REF-0001"},
        {"idempotency_key": "mine"},
        {"colour": "red"},
    ],
)
def test_a_record_that_does_not_fit_is_refused(records: SqlRecords, change: dict[str, Any]) -> None:
    """SQLite would store almost anything; wrong types must not lie in wait for a later reader."""
    before = records.count("refund")
    with pytest.raises(BadInput):
        records.insert("refund", refund() | change)
    assert records.count("refund") == before


def test_a_record_needs_all_its_fields(records: SqlRecords) -> None:
    """The message names what is missing, so that a person can supply it."""
    with pytest.raises(BadInput, match="amount_minor, currency"):
        records.insert("refund", {"order_id": "ORD-8841", "customer_id": "CUS-0001"})


def test_a_transaction_is_all_or_nothing(records: SqlRecords) -> None:
    """A refund that is booked while its ticket could not be changed would be told to nobody."""
    with pytest.raises(Conflict):
        half(records)
    assert records.by_key("refund", "half") is None
    with records.transaction() as tx:
        made = tx.insert("refund", refund(), key="whole")
        tx.update("ticket", "456", {"status": "solved"}, {"status": (tx.get("ticket", "456") or {})["status"]})
    assert (records.by_key("refund", "whole") or {})["id"] == made


def test_an_inner_transaction_can_fail_alone(records: SqlRecords) -> None:
    """What went wrong inside must not undo, or be kept by, what is around it."""
    with records.transaction() as outer:
        outer.insert("refund", refund(), key="outer")
        with pytest.raises(Conflict):
            half(outer)
    assert records.by_key("refund", "outer")
    assert records.by_key("refund", "half") is None


def test_moments_come_back_with_their_zone(records: SqlRecords) -> None:
    """SQLite drops zones; a naive moment would shift by hours on another machine."""
    values = {"about_kind": "order", "about_id": "ORD-8841", "author": "mara.voss", "body": "x", "at": NOON}
    made = records.insert("note", values)
    assert (records.get("note", made) or {})["at"] == NOON
    with pytest.raises(BadInput, match="time zone"):
        records.insert("note", values | {"at": NOON.replace(tzinfo=None)})


def test_a_locked_database_says_try_again(company_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another writer that does not let go must end in a clear message, not in a hang or a trace."""
    monkeypatch.setattr(engine, "_BUSY_MS", 50)
    records = SqlRecords(f"sqlite:///{company_copy}", COMPANY_SCHEMA)
    raw = sqlite3.connect(company_copy, isolation_level=None)
    raw.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="did not answer"):
        records.insert("refund", refund())
    assert records.count("refund") > 0  # readers are not kept waiting by a writer
    raw.execute("ROLLBACK")
    raw.close()
    records.close()
